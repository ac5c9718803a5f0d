import NIOCore
import OrderedJSON
import RealtimeServer

/// The events that real clients are tested with.
struct FixtureNamespace: NamespaceHandler {
  private let server: RealtimeServer
  private let tokens: TokenCheck?
  private let offsets = Offsets()

  /// With `tokens`, every CONNECT needs a valid one in `auth.token`.
  init(_ server: RealtimeServer, tokens: TokenCheck?) {
    self.server = server
    self.tokens = tokens
  }

  private struct Visitor: Sendable {
    let namespace: String
    let query: String
    let claims: JSONValue?
  }

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    var visitor = Visitor(namespace: request.namespace, query: request.handshake.query, claims: nil)
    if let tokens {
      let token = (try? JSONValue(parsing: request.auth))?["token"]?.string
      do throws(TokenCheck.Failure) {
        visitor = Visitor(namespace: request.namespace, query: request.handshake.query, claims: try tokens.claims(of: token))
      } catch {
        return answer.refuse(message: "unauthorized", data: JSONValue.object(["code": .string(error.rawValue)]).serialized())
      }
    }
    answer.accept(context: visitor)
  }

  func event(_ event: ClientEvent) {
    guard let visitor = event.context as? Visitor else { return }
    switch event.name {
    case "echo": event.ack?(event.arguments, attachments: event.attachments)
    case "emit-back": emit(event, nameAt: 0) { server.emit(to: event.socket, packet: $0) }
    case "join": enter(event, server.join)
    case "leave": enter(event, server.leave)
    case "to-room": tell(event, visitor)
    case "to-others": tell(event, visitor, except: [event.socket])
    case "to-room-except": tell(event, visitor, exceptRoom: 1)
    case "ask-me": ask(event)
    case "ask-room": askRoom(event, visitor)
    case "volatile-back": emit(event, nameAt: 0) { server.emit(to: event.socket, packet: $0, flags: .volatile) }
    case "whoami":
      event.ack?(
        JSONValue.object([
          "sid": .string(event.socket.description), "nsp": .string(visitor.namespace), "query": .string(visitor.query),
          "claims": visitor.claims ?? .null,
        ]).alone)
    case "bye": server.disconnect(event.socket)
    case "bye-all": server.disconnect(event.socket, closeTransport: true)
    case "hello":
      let name = event.text(0) ?? ""
      server.emit(to: event.socket, packet: packet("welcome", JSONValue.string("hello \(name)").alone))
    default: break  // `no-ack` is here: it is never answered.
    }
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {}

  private func enter(_ event: ClientEvent, _ move: (SocketID, [String]) -> Void) {
    guard let room = event.text(0) else { return }
    move(event.socket, [room])
    event.ack?(JSONValue.string("ok").alone)
  }

  /// Broadcasts to the room that is the first argument; `exceptRoom` is the place of the argument that names whom to leave out.
  private func tell(_ event: ClientEvent, _ visitor: Visitor, except: Set<SocketID> = [], exceptRoom: Int = 0) {
    guard let room = event.text(0) else { return }
    let others = exceptRoom > 0 ? [event.text(exceptRoom)].compactMap(\.self) : []
    emit(event, nameAt: exceptRoom + 1) {
      server.emit(namespace: visitor.namespace, rooms: [room], except: except, exceptRooms: others, packet: $0)
    }
    event.ack?(JSONValue.string("ok").alone)
  }

  /// The event that the argument at `index` names, with the arguments behind it.
  private func emit(_ event: ClientEvent, nameAt index: Int, _ send: (EventPacket) -> Void) {
    guard let name = event.text(index) else { return }
    send(packet(name, event.arguments(from: index + 1), event.attachments))
  }

  /// With an offset, which means something where sockets can be had back.
  private func packet(_ name: String, _ arguments: [UInt8], _ attachments: [[UInt8]] = []) -> EventPacket {
    EventPacket(name, arguments: arguments, attachments: attachments, offset: offsets.next())
  }

  private func ask(_ event: ClientEvent) {
    let question = EventPacket("question", arguments: event.arguments, attachments: event.attachments)
    server.emit(to: event.socket, packet: question, timeout: .seconds(30)) { outcome in
      if case .answered(let answer, let attachments) = outcome { event.ack?(answer, attachments: attachments) }
    }
  }

  /// Asks a room and acks with the first argument of each answer and whether all came within the time (milliseconds, second argument).
  private func askRoom(_ event: ClientEvent, _ visitor: Visitor) {
    guard let room = event.text(0), let patience = event.value(1)?.int64 else { return }
    let question = EventPacket("question", arguments: event.arguments(from: 2))
    server.emit(namespace: visitor.namespace, rooms: [room], packet: question, timeout: .milliseconds(patience)) { answers, isComplete in
      let firsts = answers.values.map { (try? JSONValue(parsing: $0))?[0] ?? .null }
      event.ack?(JSONValue.object(["answers": .array(firsts), "complete": .bool(isComplete)]).alone)
    }
  }
}
