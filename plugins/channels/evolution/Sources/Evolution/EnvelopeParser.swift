import OrderedJSON

/// Turns one envelope of Evolution API v2 into canonical events, whichever way it came. Pure: the same envelope gives the same events,
/// in the same order; one bad element never stops its neighbours.
struct EnvelopeParser: Sendable {
  /// The configured instances; events of others are counted and dropped, for any key of the server opens every instance's events.
  let instances: Set<String>
  /// The time of what carries none, in milliseconds since 1970.
  let receivedMs: Int64

  /// Bytes that are written number by number don't count: they are taken out before. The hub grows by 350 MB for the worst body of so many
  /// values (nested objects), and reads large bodies one at a time.
  static let maxValues = 4 << 20

  /// Parses the body of a webhook.
  func parse(_ body: UnsafeRawBufferPointer) -> ParsedEnvelope {
    do {
      return parse(try BulkBytes.parse(body, maxValues: Self.maxValues))
    } catch {
      var parsed = ParsedEnvelope()
      parsed.drop(error.code == .tooMany ? .tooManyValues : .malformedBody)
      return parsed
    }
  }

  /// Reads an envelope: a webhook's body, or the argument of a socket's event.
  func parse(_ document: JSONValue) -> ParsedEnvelope {
    var parsed = ParsedEnvelope()
    guard case .object(let root) = document, let event = root.identifier("event")?.lowercased() else {
      parsed.drop(.malformedBody)
      return parsed
    }
    let family = EventFamily(event)
    if family == .serverError {
      parsed.serverError = ServerError(root)
      return parsed
    }
    guard let instance = root.identifier("instance"), instances.contains(instance) else {
      parsed.drop(.unknownInstance)
      parsed.strangeInstance = root.identifier("instance")
      return parsed
    }
    let envelope = Envelope(event: event, instance: instance, root, receivedMs: receivedMs)
    (parsed.instance, parsed.stamp) = (instance, "\(event)\0\(envelope.dateTime)")
    if family == nil { parsed.note(.event(event)) }
    envelope.read(as: family ?? .other, into: &parsed)
    return parsed
  }
}

extension Envelope {
  fileprivate func read(as family: EventFamily, into parsed: inout ParsedEnvelope) {
    switch family {
    case .messages(let source): forEachObject(in: &parsed) { read(message: $0, from: source, into: &$1) }
    case .edits(let isOurs): forEachObject(in: &parsed) { read(edit: $0, isOurs: isOurs, into: &$1) }
    case .receipts: forEachObject(in: &parsed) { read(receipt: $0, into: &$1) }
    case .deletions: forEachObject(in: &parsed) { read(deletion: $0, into: &$1) }
    case .contacts: forEachObject(in: &parsed) { read(contact: $0, into: &$1) }
    case .chats: forEachObject(in: &parsed) { read(chat: $0, into: &$1) }
    case .deletedChats: forEachElement(in: &parsed) { read(deletedChat: $0, into: &$1) }
    case .groups: forEachObject(in: &parsed) { read(group: $0, into: &$1) }
    case .participants: forEachObject(in: &parsed) { read(participants: $0, into: &$1) }
    case .labels: forEachObject(in: &parsed) { read(label: $0, into: &$1) }
    case .labelled: forEachObject(in: &parsed) { read(labelled: $0, into: &$1) }
    case .presences: forEachObject(in: &parsed) { read(presences: $0, into: &$1) }
    case .calls: forEachObject(in: &parsed) { read(call: $0, into: &$1) }
    case .qr: read(code: data.object ?? [:], into: &parsed)
    case .connection(let state): read(state: state, data.object ?? [:], into: &parsed)
    case .other: parsed.keep(stray: unknown(data, what: "event"))
    case .serverError: break
    }
  }

  /// Each element of the data: there is a list of them, or one that stands alone.
  private func forEachElement(in parsed: inout ParsedEnvelope, _ act: (JSONValue, inout ParsedEnvelope) -> Void) {
    switch data {
    case .null: parsed.drop(.malformedElement)
    case .array(let elements): for element in elements { act(element, &parsed) }
    default: act(data, &parsed)
    }
  }

  private func forEachObject(in parsed: inout ParsedEnvelope, _ act: (JSONObject, inout ParsedEnvelope) -> Void) {
    forEachElement(in: &parsed) { element, parsed in
      if case .object(let object) = element { act(object, &parsed) } else { parsed.drop(.malformedElement) }
    }
  }
}

extension ServerError {
  /// Only these three members are looked at.
  init(_ root: JSONObject) {
    let data = root.object("data") ?? [:]
    func text(_ key: String) -> String { String((data.identifier(key) ?? "").prefix(200)) }
    self.init(error: text("error"), message: text("message"), status: text("status"))
  }
}
