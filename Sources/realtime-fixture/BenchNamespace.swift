import NIOCore
import OrderedJSON
import RealtimeServer

/// What the load generator expects: `join` and `echo`.
struct BenchNamespace: NamespaceHandler {
  private let server: RealtimeServer

  init(_ server: RealtimeServer) { self.server = server }

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) { answer.accept() }

  func event(_ event: ClientEvent) {
    switch event.name {
    case "echo": event.ack?(event.arguments, attachments: event.attachments)
    case "join":
      guard let room = event.text(0) else { return }
      server.join(event.socket, rooms: [room])
      event.ack?(Array(#"["ok"]"#.utf8))
    default: break
    }
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {}
}

/// `POST /emit?room=R&event=E`: the JSON body becomes the event's only argument.
struct EmitRoutes: HTTPRouting {
  private let server: RealtimeServer

  init(_ server: RealtimeServer) { self.server = server }

  func match(method: String, path: String) -> HTTPRouteMatch {
    guard path == "/emit" else { return .notFound }
    guard method == "POST" else { return .methodNotAllowed(allow: ["POST"]) }
    return .route(HTTPRoute(maxBody: 1 << 20, handle: emit))
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
}
