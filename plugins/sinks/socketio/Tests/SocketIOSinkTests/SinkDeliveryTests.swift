import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@Suite("The sink behind the C ABI: deliveries")
struct SinkDeliveryTests {
  let message: JSONValue = [
    "id": "01", "kind": "message.created", "tenant": "acme", "account": "a1", "occurredAt": "2026-01-05T12:00:00.000Z",
    "conversation": ["id": "c1", "unreadCount": 1],
    "message": ["id": "m1", "type": "text", "text": "Oi", "direction": "inbound", "status": "delivered"],
  ]

  func event(_ kind: String, _ body: JSONValue, sequence: UInt64 = 7) -> HubEvent {
    var event = HubEvent(
      id: "01", kind: kind, account: "", conversation: "", cause: "", timeMilliseconds: 0, body: body.serialized())
    event.sequence = sequence
    return event
  }

  @Test("it opens its namespace at the start")
  func opens() async throws {
    let host = try await FakeHost.sink(config: ["namespace": "/whatsapp"])
    #expect(host.state.withLock { $0.namespaces } == ["/whatsapp"])
  }

  @Test("a message gives its packets in order, of that event, each in one emit, before it is done with it")
  func order() async throws {
    let host = try await FakeHost.sink()
    host.connect("s1")
    try await host.deliver(event("message.created", message))
    let emitted = host.takePackets()
    #expect(emitted.map(\.name) == ["message:new", "conversation:updated"])
    #expect(emitted.map(\.index) == [0, 1])
    #expect(emitted.allSatisfy { $0.event != 0 && $0.event == emitted.first?.event && !$0.isVolatile && $0.socket.isEmpty })
    #expect(emitted.first?.rooms == ["tenant:acme", "account:a1", "entitled:c1", "conversation:c1"])
    #expect(host.state.withLock { $0.log.filter { $0.message == "Socket.io event emitted" }.count } == 1)
    #expect(host.state.withLock { $0.recorded } == ["packets_total{message:new}", "packets_total{conversation:updated}"])
  }

  @Test("an event without a place in the journal is volatile")
  func volatile() async throws {
    let host = try await FakeHost.sink()
    host.connect("s1")
    let typing: JSONValue = ["tenant": "acme", "conversation": ["id": "c1"], "typing": ["isTyping": true]]
    try await host.deliver(event("typing", typing, sequence: 0))
    #expect(host.takePackets().map(\.isVolatile) == [true])
  }

  @Test("kinds it doesn't carry, and bodies that are no JSON, are done with", arguments: ["history", "call", "message.created"])
  func nothing(kind: String) async throws {
    let host = try await FakeHost.sink()
    host.connect("s1")
    try await host.deliver(event(kind, kind == "message.created" ? .string("no event") : message))
    #expect(host.takePackets().isEmpty)
  }

  @Test("a packet that isn't taken fails the delivery, so that it comes again")
  func refused() async throws {
    let host = try await FakeHost.sink()
    host.connect("s1")
    host.state.withLock { $0.packetRefusal = .busy }
    let refusal = await #expect(throws: HubError.self) { try await host.deliver(event("message.created", message)) }
    #expect(refusal?.code == .busy)
  }

  @Test("an event is mapped for those who are there, and for nobody else")
  func unheard() async throws {
    let host = try await FakeHost.sink()
    try await host.deliver(event("message.created", .string("not even read")))
    #expect(host.state.withLock { $0.log.isEmpty })
    #expect(host.state.withLock { !$0.isHeard })
    host.connect("s1")
    #expect(host.state.withLock { $0.isHeard })
    try await host.deliver(event("message.created", message, sequence: 8))
    #expect(host.takePackets().count == 2)
    host.connect("s2")
    host.disconnect("s1")
    #expect(host.state.withLock { $0.isHeard })
    host.disconnect("s2")
    #expect(host.state.withLock { !$0.isHeard })
    try await host.deliver(event("message.created", message, sequence: 9))
    #expect(host.takePackets().isEmpty)
  }

  @Test("a socket that may come back is published to while it is gone")
  func recoverable() async throws {
    let host = try await FakeHost.sink(config: ["namespace": "/", "recovery": "memory"])
    try await host.deliver(event("message.created", message))
    #expect(host.takePackets().isEmpty, "nobody was ever there")
    host.connect("s1")
    host.disconnect("s1")
    #expect(host.state.withLock { $0.isHeard })
    try await host.deliver(event("message.created", message, sequence: 8))
    #expect(host.takePackets().count == 2)
  }
}
