import SocketIO
import Testing

@Suite("Namespaces of one connection")
struct MembershipTests {
  var memberships = Memberships()

  mutating func receive(_ type: PacketType, _ namespace: String = "") -> Memberships.Decision {
    memberships.receive(type, namespace: Array(namespace.utf8)[...])
  }

  @Test("nothing is joined before CONNECT; any other first packet closes")
  mutating func first() {
    for type in PacketType.allCases where type != .connect { #expect(receive(type) == .close) }
    #expect(receive(.connect) == .connect("/"))
    #expect(memberships.hasEverJoined == false)
  }

  @Test("two namespaces live beside each other")
  mutating func two() {
    #expect(receive(.connect) == .connect("/"))
    #expect(receive(.connect, "/whatsapp") == .connect("/whatsapp"))
    #expect(memberships.accept("/whatsapp", socket: 2) == true)
    #expect(memberships.accept("/", socket: 1) == true)
    #expect(receive(.event) == .event(1))
    #expect(receive(.binaryEvent, "/") == .event(1))
    #expect(receive(.ack, "/whatsapp") == .ack(2))
    #expect(receive(.disconnect, "/whatsapp") == .left(2))
    #expect(memberships.joined == [1])
    #expect(receive(.event, "/whatsapp") == .close)
    #expect(receive(.event, "/Whatsapp") == .close, "case matters")
  }

  @Test("a refused namespace can be asked for again, a joined or asked one cannot")
  mutating func again() {
    #expect(receive(.connect, "/n") == .connect("/n"))
    #expect(memberships.refuse("/n") == true)
    #expect(receive(.connect, "/n") == .connect("/n"))
    var asked = memberships
    #expect(memberships.accept("/n", socket: 1) == true)
    #expect(receive(.connect, "/n") == .close)
    swap(&asked, &memberships)
    #expect(receive(.connect, "/n") == .close)
  }

  @Test("an event for a namespace that is still being joined closes, as CONNECT_ERROR from a client does")
  mutating func early() {
    #expect(receive(.connect) == .connect("/"))
    #expect(receive(.event) == .close)
    #expect(memberships.accept("/", socket: 1) == true)
    #expect(receive(.connectError) == .close)
  }

  @Test("an answer that comes after the connection died finds nobody")
  mutating func died() {
    #expect(receive(.connect) == .connect("/"))
    #expect(memberships.removeAll() == [])
    #expect(memberships.accept("/", socket: 1) == false)
    #expect(memberships.refuse("/") == false)
  }

  @Test("left namespaces can be joined again")
  mutating func rejoin() {
    #expect(receive(.connect) == .connect("/"))
    #expect(memberships.accept("/", socket: 1) == true)
    #expect(receive(.disconnect) == .left(1))
    #expect(memberships.first == nil)
    #expect(memberships.hasEverJoined)
    #expect(receive(.connect) == .connect("/"))
    #expect(memberships.accept("/", socket: 2) == true)
    #expect(memberships.remove("/") == 2)
    #expect(memberships.remove("/") == nil)
  }
}
