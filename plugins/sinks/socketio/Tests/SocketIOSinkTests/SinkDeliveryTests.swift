import CHubPlugin
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

  @Test("it opens its namespace at the start")
  func opens() async throws {
    let host = try await FakeHost(config: ["namespace": "/whatsapp"])
    #expect(host.state.withLock { $0.opened } == ["/whatsapp"])
  }

  @Test("a message gives its packets in order, of that event, each in one emit, before deliver returns")
  func order() async throws {
    let host = try await FakeHost()
    #expect(host.deliver("message.created", message, token: 100) == Int32(HUB_OK))
    let emitted = host.emitted
    #expect(emitted.map(\.name) == ["message:new", "conversation:updated"])
    #expect(emitted.map(\.index) == [0, 1])
    #expect(emitted.allSatisfy { $0.event == 100 && !$0.isVolatile && $0.socket.isEmpty })
    #expect(emitted.first?.rooms == ["tenant:acme", "account:a1", "entitled:c1", "conversation:c1"])
    #expect(host.state.withLock { $0.log.filter { $0 == "Socket.io event emitted" }.count } == 1)
    #expect(host.state.withLock { $0.counted } == ["message:new", "conversation:updated"])
  }

  @Test("an event without a place in the journal is volatile")
  func volatile() async throws {
    let host = try await FakeHost()
    let typing: JSONValue = ["tenant": "acme", "conversation": ["id": "c1"], "typing": ["isTyping": true]]
    _ = host.deliver("typing", typing, sequence: 0)
    #expect(host.emitted.map(\.isVolatile) == [true])
  }

  @Test("kinds it doesn't carry, and bodies that are no JSON, are done with", arguments: ["history", "call", "message.created"])
  func nothing(kind: String) async throws {
    let host = try await FakeHost()
    #expect(host.deliver(kind, kind == "message.created" ? .string("no event") : message) == Int32(HUB_OK))
    #expect(host.emitted.isEmpty)
  }

  @Test("a packet that isn't taken fails the delivery, so that it comes again")
  func refused() async throws {
    let host = try await FakeHost()
    host.state.withLock { $0.emitStatus = HUB_EBUSY }
    #expect(host.deliver("message.created", message) == Int32(HUB_EBUSY))
  }
}
