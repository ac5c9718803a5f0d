import OrderedJSON

/// What an event of the server's socket becomes. Which namespace it came in says nothing about whose it is: any key opens every namespace.
struct SocketEvents: Sendable {
  let mode: Configuration.Mode
  let instances: Set<String>

  /// The namespaces to join. In the mode `instance` the server closes a connection on which none is joined after 45 s, and those of its
  /// instances come into being with their first event: `/` always exists and keeps the connection.
  var namespaces: [String] {
    switch mode {
    case .webhook: []
    case .global: ["/"]
    case .instance: ["/"] + instances.sorted().map { "/" + $0 }
    }
  }

  /// The instance that a namespace belongs to.
  func instance(of namespace: String) -> String? {
    guard mode == .instance, namespace.hasPrefix("/") else { return nil }
    let name = String(namespace.dropFirst())
    return instances.contains(name) ? name : nil
  }

  /// The instances whose events come in a namespace.
  func instances(behind namespace: String) -> [String] {
    mode == .global ? instances.sorted() : instance(of: namespace).map { [$0] } ?? []
  }

  private static func document(_ text: [UInt8]) throws(JSONError) -> JSONValue {
    try text.withUnsafeBytes { text in
      Result { () throws(JSONError) in try BulkBytes.parse(text, maxValues: EnvelopeParser.maxValues) }
    }.get()
  }

  /// - Parameter arguments: the text of the array of arguments, of which the first is the envelope.
  func parse(_ arguments: [UInt8], attachments: [[UInt8]], namespace: String, receivedMs: Int64) -> ParsedEnvelope {
    var parsed = ParsedEnvelope()
    let own = instance(of: namespace)
    // What a server with global events says of every instance was said in the instance's own namespace too.
    guard mode == .global || own != nil else {
      parsed.drop(.otherNamespace)
      return parsed
    }
    let document: JSONValue
    do {
      document = try Self.document(arguments)
    } catch {
      parsed.drop(error.code == .tooMany ? .tooManyValues : .malformedBody)
      return parsed
    }
    let parser = EnvelopeParser(instances: own.map { [$0] } ?? instances, receivedMs: receivedMs)
    return parser.parse(Attachments.restored(document[0] ?? .null, attachments))
  }
}
