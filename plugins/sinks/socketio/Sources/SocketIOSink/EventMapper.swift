import OrderedJSON

/// What an event becomes for the frontends: the table of one dialect, applied.
public struct EventMapper: Sendable {
  /// One packet, ready for the realtime server.
  public struct Packet: Sendable, Equatable {
    /// Its place within the event's mapping; the same at every replay, also when an earlier packet has nothing to say.
    public let index: UInt32
    /// Every socket in any of these gets one copy.
    public let rooms: [String]
    /// The Socket.IO event name.
    public let name: String
    /// JSON array of the arguments after the name.
    public let arguments: [UInt8]
  }

  private let mappings: [String: [PacketMapping]]
  private let dialect: String
  private let options: MappingOptions
  /// The kinds passed on as they are that the dialect has words for.
  private let raw: Set<String>

  /// A mapper for a dialect.
  ///
  /// - Parameters:
  ///   - kinds: the kinds that pass; nil lets every kind of the dialect pass.
  ///   - raw: kinds outside the dialect that are passed on as they are.
  public init(_ dialect: Dialect, kinds: Set<String>? = nil, raw: Set<String> = [], options: MappingOptions = MappingOptions()) {
    var mappings = dialect.mappings
    if let kinds { mappings = mappings.filter { kinds.contains($0.key) } }
    for kind in raw where mappings[kind] == nil { mappings[kind] = [.raw] }
    self.mappings = mappings
    self.raw = raw.filter { dialect.mappings[$0] != nil && kinds?.contains($0) == false }
    self.dialect = dialect.name
    self.options = options
  }

  /// Mappers with the same one make the same packets of an event that both carry.
  var likeness: SharedMappings.Likeness { SharedMappings.Likeness(dialect: dialect, options: options, raw: raw) }

  /// The kinds that become anything.
  public var kinds: Set<String> { Set(mappings.keys) }

  /// Whether events of that kind become anything: what does not need not be parsed.
  public func carries(_ kind: String) -> Bool { mappings[kind] != nil }

  /// The event's packets, in sending order.
  public func packets(for event: CanonicalEvent) -> [Packet] {
    guard let rows = mappings[event.kind] else { return [] }
    var packets: [Packet] = []
    for (index, row) in rows.enumerated() {
      guard let payload = row.payload(event, options) else { continue }
      let rooms = row.scope.rooms(for: event)
      if rooms.isEmpty { continue }
      packets.append(
        Packet(index: UInt32(index), rooms: rooms, name: row.name, arguments: JSONValue.array([payload]).serialized()))
    }
    return packets
  }
}

extension PacketMapping {
  /// An event passed on as it is, for kinds that no dialect has words for.
  static let raw = PacketMapping("raw:event", to: [.tenant, .conversation]) { event, _ in event.body.withoutProviderURLs }
}
