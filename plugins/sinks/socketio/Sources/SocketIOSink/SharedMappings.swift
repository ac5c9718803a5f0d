import HubPluginSDK
import Synchronization

/// What the latest events became, shared by the sinks of this process that map alike: where two namespaces speak one dialect, each event is
/// parsed, mapped and serialised once. Every sink is still delivered every event and has its own cursor; one that comes too late to find
/// an event maps it itself.
final class SharedMappings: Sendable {
  /// What a mapping depends on besides the event.
  struct Likeness: Hashable, Sendable {
    let dialect: String
    let options: MappingOptions
    /// The kinds that are passed on as they are although the dialect has words for them.
    let raw: Set<String>
  }

  private struct Entry {
    let event: HubEvent
    let packets: [EventMapper.Packet]
  }

  private final class Place: Sendable {
    let entry = Mutex<Entry?>(nil)
  }

  /// Twice the deliveries that a sink has under way at most.
  static let capacity = 512
  /// A larger event, its packets included, is not kept.
  static let maximumBytes = 16 << 10

  private static let all = Mutex<[Likeness: SharedMappings]>([:])

  private let likeness: Likeness
  private let users = Atomic<Int>(0)
  private let places = (0..<capacity).map { _ in Place() }

  private init(_ likeness: Likeness) { self.likeness = likeness }

  /// The mappings of a sink's likes; `leave` ends it.
  static func join(_ likeness: Likeness) -> SharedMappings {
    all.withLock { all in
      let mappings = all[likeness] ?? SharedMappings(likeness)
      all[likeness] = mappings
      mappings.users.add(1, ordering: .relaxed)
      return mappings
    }
  }

  func leave() {
    Self.all.withLock { all in
      if users.subtract(1, ordering: .relaxed).newValue == 0 { all[likeness] = nil }
    }
  }

  /// The event's packets: those made for another sink, else what `map` makes of it. While one sink maps an event another that wants the
  /// same waits, which takes it no longer than to map it itself.
  func packets(of event: HubEvent, map: (HubEvent) -> [EventMapper.Packet]?) -> [EventMapper.Packet]? {
    // Alone there is nobody to share with; a volatile event is in no journal and has no place.
    guard users.load(ordering: .relaxed) > 1, event.sequence > 0 else { return map(event) }
    return places[Int(event.sequence % UInt64(Self.capacity))].entry.withLock { entry in
      if let entry, entry.event.sequence == event.sequence, entry.event.kind == event.kind, entry.event.body == event.body {
        return entry.packets
      }
      let packets = map(event)
      let size = (packets ?? []).reduce(event.body.count) { $0 + $1.arguments.count }
      if let packets, size <= Self.maximumBytes { entry = Entry(event: event, packets: packets) }
      return packets
    }
  }
}
