public import OrderedJSON

/// A delivered event as the mappings read it: the envelope's words and the whole body.
public struct CanonicalEvent: Sendable {
  /// The canonical kind.
  public let kind: String
  /// The tenant the host gave the event.
  public let tenant: String
  /// The provider's account; empty when the event has none.
  public let account: String
  /// The hub's conversation id, when the event belongs to a conversation.
  public let conversation: String?
  /// The whole canonical event.
  public let body: JSONValue

  /// Reads a canonical event.
  public init(kind: String, body: JSONValue) {
    self.kind = kind
    self.body = body
    tenant = body["tenant"]?.string ?? ""
    account = body["account"]?.string ?? ""
    conversation = body["conversation"]?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A top-level member that is there and not null.
  public func member(_ key: String) -> JSONValue? { body.present(key) }

  /// When it happened: ISO-8601 in UTC with milliseconds, as the hub wrote it.
  var occurredAt: JSONValue { body["occurredAt"] ?? .null }
}

extension JSONValue {
  /// A member that is there and not null.
  func present(_ key: String) -> JSONValue? {
    guard let value = self[key], !value.isNull else { return nil }
    return value
  }

  /// A non-empty string member.
  func text(_ key: String) -> String? { self[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

extension JSONObject {
  /// Appends those members of `source` that are there and not null.
  mutating func copy(_ keys: [String], from source: JSONValue?) {
    guard let source else { return }
    for key in keys {
      if let value = source.present(key) { append(key, value) }
    }
  }
}
