import NIOCore
import NIOPosix
import RealtimeServer

/// What the official Socket.IO suite expects of a server.
struct SuiteNamespace: NamespaceHandler {
  private let server: RealtimeServer

  init(_ server: RealtimeServer) { self.server = server }

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    answer.accept()
    let packet = EventPacket("auth", arguments: Array("[".utf8) + request.auth + Array("]".utf8))
    // The suite begins to wait for this packet when it has seen the answer, and misses it when both come in one segment
    // (docs/decisions/0023).
    MultiThreadedEventLoopGroup.currentEventLoop?.scheduleTask(in: .milliseconds(20)) { [server] in
      server.emit(to: request.socket, packet: packet)
    }
  }

  func event(_ event: ClientEvent) {
    switch event.name {
    case "message":
      server.emit(
        to: event.socket, packet: EventPacket("message-back", arguments: event.arguments, attachments: event.attachments))
    case "message-with-ack": event.ack?(event.arguments, attachments: event.attachments)
    default: break
    }
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {}
}
