public import OrderedJSON

/// The event names and payload shapes of one family of frontends, as data: which packets each kind of canonical event becomes.
///
/// A new dialect is a new value of this type and a row in ``all``.
public struct Dialect: Sendable {
  /// The word that `dialect:` in hub.yaml takes.
  public let name: String
  /// Canonical kind → its packets in sending order. A packet's index in its array is its place in the stream's offset
  /// (`sequence.index`), so an array only ever grows at the end.
  public let mappings: [String: [PacketMapping]]

  /// A dialect of that name.
  public init(name: String, mappings: [String: [PacketMapping]]) {
    self.name = name
    self.mappings = mappings
  }

  /// Every dialect this sink speaks.
  public static let all: [Dialect] = [.inbox]

  /// The dialect of that name.
  public static func named(_ name: String) -> Dialect? { all.first { $0.name == name } }
}

/// One packet that an event becomes.
public struct PacketMapping: Sendable {
  /// Builds the packet's one argument; nil when this event has nothing to say here. It depends on its arguments alone: a stored
  /// event is mapped again at every replay and must give the same packet.
  public typealias Payload = @Sendable (CanonicalEvent, MappingOptions) -> JSONValue?

  /// The Socket.IO event name.
  public let name: String
  /// Who receives it.
  public let scope: Scope
  /// What it says.
  public let payload: Payload

  /// A packet of that name for these receivers.
  public init(_ name: String, to scope: Scope, payload: @escaping Payload) {
    self.name = name
    self.scope = scope
    self.payload = payload
  }
}

/// What the operator chose about payloads.
public struct MappingOptions: Sendable, Hashable {
  /// Whether messages carry the whole canonical message in `metadata.canonical`.
  public var canonical: Bool
  /// What stands in for content that a dialect has no words for.
  public var placeholders: Placeholders

  /// These choices.
  public init(canonical: Bool = true, placeholders: Placeholders = Placeholders()) {
    self.canonical = canonical
    self.placeholders = placeholders
  }
}
