public import OrderedJSON

/// What a plugin says about one of its adapters, copied out of its tables.
public struct PluginDescription: Sendable, Hashable {
  /// Where an adapter stands.
  public enum Kind: String, Sendable, Hashable {
    /// Talks to a provider.
    case channel
    /// Talks to consumers.
    case sink
  }

  /// The place in the plugin's table.
  public var index: UInt32
  /// The plugin's name, as `plugin:` names it.
  public var name: String
  /// Its version, in its own scheme.
  public var version: String
  /// One line about it.
  public var summary: String
  /// Channel or sink.
  public var kind: Kind
  /// Whether it wants one call at a time.
  public var isSerial: Bool
  /// The extensions it cannot do without.
  public var needs: [String]
  /// The JSON Schema of its `config`; an empty object when it takes none.
  public var configSchema: JSONValue

  /// The provider its events are of: the schema's `x-hub-provider`, else the plugin's name.
  public var provider: String { configSchema["x-hub-provider"]?.string ?? name }

  /// How many messages a second each account may send, where hub.yaml says nothing: the schema's `x-hub-rate`, else any number (0).
  public var sendRate: Double { configSchema["x-hub-rate"]?.double ?? 0 }

  /// The most bytes of a request body on its routes, where hub.yaml says nothing: the schema's `x-hub-max-body`, else 8 MiB.
  public var maxBody: Int { configSchema["x-hub-max-body"]?.int64.flatMap(Int.init(exactly:)) ?? 8 << 20 }

  /// The members, as `hub plugin inspect --json` prints them.
  public var json: JSONValue {
    [
      "index": .number(JSONNumber(Int64(index))), "name": .string(name), "version": .string(version), "summary": .string(summary),
      "kind": .string(kind.rawValue), "serial": .bool(isSerial), "needs": .array(needs.map { .string($0) }), "configSchema": configSchema,
    ]
  }

  /// Reads what ``json`` wrote; nil when a member is missing or of another kind.
  public init?(json: JSONValue) {
    guard let index = json["index"]?.int64.flatMap({ UInt32(exactly: $0) }), let name = json["name"]?.string,
      let version = json["version"]?.string, let summary = json["summary"]?.string,
      let kind = json["kind"]?.string.flatMap({ Kind(rawValue: $0) }), let serial = json["serial"]?.bool,
      let needs = json["needs"]?.array, let schema = json["configSchema"]
    else { return nil }
    self.init(
      index: index, name: name, version: version, summary: summary, kind: kind, isSerial: serial, needs: needs.compactMap(\.string),
      configSchema: schema)
  }

  init(
    index: UInt32, name: String, version: String, summary: String, kind: Kind, isSerial: Bool, needs: [String], configSchema: JSONValue
  ) {
    self.index = index
    self.name = name
    self.version = version
    self.summary = summary
    self.kind = kind
    self.isSerial = isSerial
    self.needs = needs
    self.configSchema = configSchema
  }
}
