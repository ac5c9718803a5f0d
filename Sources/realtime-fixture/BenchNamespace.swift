import NIOCore
import OrderedJSON
import RealtimeServer

/// What the load generator expects: `join`, `leave` and `echo`.
struct BenchNamespace: NamespaceHandler {
  private let server: RealtimeServer

  init(_ server: RealtimeServer) { self.server = server }

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) { answer.accept() }

  func event(_ event: ClientEvent) {
    switch event.name {
    case "echo": event.ack?(event.arguments, attachments: event.attachments)
    case "join": move(event, server.join)
    case "leave": move(event, server.leave)
    default: break
    }
  }

  private func move(_ event: ClientEvent, _ move: (SocketID, [String]) -> Void) {
    guard let room = event.text(0) else { return }
    move(event.socket, [room])
    event.ack?(Array(#"["ok"]"#.utf8))
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {}
}

/// `POST /emit?room=R&event=E`: the JSON body becomes the event's only argument. `GET /stats`: what the server holds, and has held.
struct BenchRoutes: HTTPRouting {
  private let server: RealtimeServer

  init(_ server: RealtimeServer) { self.server = server }

  func match(method: String, path: String) -> HTTPRouteMatch {
    switch (path, method) {
    case ("/emit", "POST"): .route(HTTPRoute(maxBody: 1 << 20, handle: emit))
    case ("/emit", _): .methodNotAllowed(allow: ["POST"])
    case ("/stats", "GET"): .route(HTTPRoute(maxBody: 0, handle: tell))
    case ("/stats", _): .methodNotAllowed(allow: ["GET"])
    default: .notFound
    }
  }

  private func emit(_ request: HTTPRequest, _ responder: HTTPResponder) {
    guard let room = request.queryValue("room"), let event = request.queryValue("event") else {
      return responder.respond(HTTPResponse(status: 400, contentType: "text/plain", text: "room and event are missing"))
    }
    let arguments = Array("[".utf8) + request.body.readableBytesView + Array("]".utf8)
    guard arguments.withUnsafeBytes({ (try? JSONScanner.elements(of: $0, maxDepth: 128))?.count == 1 }) else {
      return responder.respond(HTTPResponse(status: 400, contentType: "text/plain", text: "the body is no JSON"))
    }
    server.emit(namespace: "/", rooms: [room], packet: EventPacket(event, arguments: arguments))
    responder.respond(HTTPResponse(status: 200, contentType: "text/plain", text: "ok"))
  }

  private func tell(_ request: HTTPRequest, _ responder: HTTPResponder) {
    Task {
      guard let live = try? await server.liveObjects() else { return }  // a loop has ended, and its connections with it
      let counters = server.counters()
      let numbers: KeyValuePairs = [
        "sessions": live.sessions, "sockets": live.sockets, "rooms": live.rooms, "acks": live.acks, "deadlines": live.deadlines,
        "opened": counters.sessionsOpened, "closed": counters.sessionsClosed,
      ]
      let text = "{" + numbers.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
      responder.respond(HTTPResponse(status: 200, contentType: "application/json", text: text))
    }
  }
}
