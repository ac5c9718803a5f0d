public import OrderedJSON

/// The `config` of a socketio sink in hub.yaml. The host has checked it against ``schema`` before.
public struct SinkConfig: Sendable {
  /// The Socket.IO namespace it serves.
  public let namespace: String
  /// What the frontends there speak.
  public let dialect: Dialect
  /// Which kinds they get.
  public let kinds: KindFilter
  /// Kinds without a place in the dialect that are passed on as `raw:event`.
  public let raw: Set<String>
  /// Whether the hub keeps packets for sockets that lost their connection.
  public let recoversSockets: Bool
  /// Choices about payloads.
  public let options: MappingOptions

  /// JSON Schema of the object.
  public static let schema = """
    {"type":"object","additionalProperties":false,"required":["namespace"],"properties":{\
    "namespace":{"type":"string","pattern":"^/","x-hub-claim":"namespace","description":"Socket.IO namespace: / or /whatsapp"},\
    "dialect":{"type":"string","enum":["inbox"],"default":"inbox","description":"event names and payload shapes"},\
    "kinds":{"type":"string","enum":["all","whatsapp"],"description":"what it carries; whatsapp on /whatsapp, all elsewhere"},\
    "raw":{"type":"array","items":{"type":"string","enum":["call","group","label","unknown"]},"default":[],\
    "description":"kinds passed on as raw:event"},\
    "recovery":{"type":"string","enum":["memory","off"],"default":"off",\
    "description":"whether a client that lost its connection gets its socket back, with what it missed; acted upon by the hub"},\
    "canonical":{"type":"boolean","default":true,"description":"the whole canonical message in metadata.canonical"},\
    "placeholders":{"type":"object","additionalProperties":false,"description":"content of messages without words, by type","properties":{\
    \(Placeholders.types.map { "\"\($0)\":{\"type\":\"string\"}" }.joined(separator: ","))}}}}
    """

  /// Reads the object.
  ///
  /// - Throws: ``ConfigError`` naming the member that can't be used.
  public init(_ config: JSONValue) throws {
    guard let namespace = config.text("namespace"), namespace.hasPrefix("/") else {
      throw ConfigError("namespace: must begin with /")
    }
    let word = config["dialect"]?.string ?? "inbox"
    guard let dialect = Dialect.named(word) else {
      throw ConfigError("dialect: \"\(word)\" is not one of \(Dialect.all.map(\.name).joined(separator: ", "))")
    }
    if let word = config.present("kinds") {
      guard let kinds = word.string.flatMap(KindFilter.init) else { throw ConfigError("kinds: must be all or whatsapp") }
      self.kinds = kinds
    } else {
      kinds = .standard(for: namespace)
    }
    self.namespace = namespace
    self.dialect = dialect
    recoversSockets = config["recovery"]?.string == "memory"
    raw = Set(config["raw"]?.array?.compactMap(\.string) ?? [])
    var placeholders = Placeholders()
    for member in config["placeholders"]?.object ?? [:] {
      guard Placeholders.types.contains(member.key), let text = member.value.string else {
        throw ConfigError("placeholders.\(member.key): must be a text for a message type")
      }
      placeholders[member.key] = text
    }
    options = MappingOptions(canonical: config["canonical"]?.bool ?? true, placeholders: placeholders)
  }

  /// The mapper these choices make.
  public var mapper: EventMapper { EventMapper(dialect, kinds: kinds.kinds, raw: raw, options: options) }
}

/// A configuration that can't be used, in one line for the operator.
public struct ConfigError: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  init(_ description: String) { self.description = description }
}
