public import HubPluginSDK
public import OrderedJSON
import Synchronization

/// Publishes the journal to Socket.IO frontends in one namespace and takes their commands.
public final class SocketIOSink: HubNamespaceHandler {
  /// Name, schema and needs.
  public static let descriptor = HubDescriptor(
    .sink, name: "socketio", version: "1.0.0", summary: "Socket.IO frontends: one namespace, one dialect",
    configSchema: SinkConfig.schema, needs: ["hub.namespace/1", "hub.query/1", "hub.timer/1"])

  struct State {
    var sessions = Sessions()
    /// Whether a socket may come back for what it missed while it was gone.
    var mayReturn = false
    var typing = TypingMachine()
    var timerArmed = false
    /// What waits until a socket is in a conversation's room or out of it, as it wants to be.
    var settling: [TypingMachine.Place: [@Sendable () -> Void]] = [:]

    /// Whether an event could reach anybody.
    var isHeard: Bool { sessions.count > 0 || mayReturn }
  }

  static let namespace: UInt32 = 1

  let config: SinkConfig
  let mapper: EventMapper
  let mappings: SharedMappings
  let services: HubServices
  let counters: Counters
  let state = Mutex(State())

  /// Reads the configuration.
  public init(name: String, config: JSONValue, services: HubServices) throws {
    self.config = try SinkConfig(config)
    self.services = services
    mapper = self.config.mapper
    mappings = SharedMappings.join(mapper.likeness)
    counters = Counters(services)
    services.heard(false)
  }

  deinit { mappings.leave() }

  /// What its dialect has words for, within its configuration.
  public var kinds: Set<String>? { mapper.kinds }

  /// Changes who is there, and tells the hub whether anybody is: a socket, or one that may come back. A client is in the table before it
  /// is in any room: one that is not seen here yet is not owed an event as a packet, but has it from the journal.
  func changeSessions<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    state.withLock { state in
      let before = state.isHeard
      let result = body(&state)
      // Under the lock, so that the last word is the true one.
      if state.isHeard != before { services.heard(state.isHeard) }
      return result
    }
  }

  /// Opens the namespace.
  public func start() async throws {
    counters.define()
    try services.openNamespace(config.namespace, id: Self.namespace)
    services.health(.ok)
  }

  /// Emits the event's packets, in order and before it returns.
  public func deliver(_ event: HubEvent, done: HubDelivery) {
    guard mapper.carries(event.kind), state.withLock({ $0.isHeard }) else { return done.succeed() }
    let found = mappings.packets(of: event) { event in
      (try? JSONValue(parsing: event.body)).map { mapper.packets(for: CanonicalEvent(kind: event.kind, body: $0)) }
    }
    guard let packets = found else {
      // It will not get better by being delivered again.
      services.log(.error, "Event is not JSON", ["kind": .string(event.kind), "sequence": .number(JSONNumber(Int64(event.sequence)))])
      return done.succeed()
    }
    for packet in packets {
      let audience = HubServices.Audience.rooms(packet.rooms, of: done, index: packet.index)
      guard services.emit(packet.name, arguments: packet.arguments, namespace: Self.namespace, to: audience) else {
        return done.fail(HubError(.busy, "the realtime server did not take \(packet.name)"))
      }
      counters.packet(packet.name)
    }
    if !packets.isEmpty {
      services.log(
        .debug, "Socket.io event emitted",
        ["events": .array(packets.map { .string($0.name) }), "cause": .string(event.cause), "id": .string(event.id)])
    }
    done.succeed()
  }
}
