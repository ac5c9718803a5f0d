/// What one webhook body holds.
public struct ParsedWebhook: Sendable, Hashable {
  /// The events in the order of the body.
  public internal(set) var events: [ChannelEvent] = []
  /// How many elements gave no event, by reason.
  public internal(set) var drops: [DropReason: Int] = [:]
  /// Names that this version does not know, each once, at most `unfamiliarLimit` of them.
  public internal(set) var unfamiliar: [Unfamiliar] = []
  /// Which number belongs to which business account, as the body's metadata says.
  public internal(set) var sightings: [NumberSighting] = []

  private var strayCount = 0

  /// How many unknown names of one body are kept.
  public static let unfamiliarLimit = 16
  /// How many elements that cannot be understood are kept of one body: as many as a batch of the provider has.
  public static let strayLimit = 1000

  mutating func drop(_ reason: DropReason) { drops[reason, default: 0] += 1 }

  /// Keeps an element that cannot be understood as an event. A body of nothing but such elements must not become millions of rows.
  mutating func keep(stray event: @autoclosure () -> ChannelEvent) {
    guard strayCount < Self.strayLimit else { return drop(.tooManyStrays) }
    strayCount += 1
    events.append(event())
  }

  mutating func note(_ name: Unfamiliar) {
    guard unfamiliar.count < Self.unfamiliarLimit, unfamiliar.contains(name) == false else { return }
    unfamiliar.append(name)
  }
}

/// Why an element of a body gave no event.
public enum DropReason: String, Sendable, Hashable, CaseIterable {
  /// The body is not JSON, or is no object.
  case malformedBody = "malformed_body"
  /// The body is about another product than WhatsApp.
  case foreignObject = "foreign_object"
  /// An entry, a change or an element that is not an object, or a list that is no list.
  case malformedElement = "malformed_element"
  /// An element that cannot be understood, beyond the number that is kept.
  case tooManyStrays = "too_many_strays"
  /// Nothing tells which number the element belongs to.
  case noAccount = "no_account"
  /// Several tenants' numbers could be meant, and none is known to belong to the business account.
  case ambiguousAccount = "ambiguous_account"
}

/// A name in a body that this version does not know. The element itself is kept as an event with `raw`.
public enum Unfamiliar: Sendable, Hashable {
  case field(String)
  case messageType(String)
  case interactiveType(String)
  case status(String)
}

/// A number and its business account, as seen together in a signed body.
public struct NumberSighting: Sendable, Hashable {
  /// The `phone_number_id`.
  public let account: String
  /// The WABA id.
  public let waba: String
  /// The digits of `display_phone_number`; nil when it was absent.
  public let phone: String?
}
