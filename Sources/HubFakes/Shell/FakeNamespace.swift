import OrderedJSON
import RealtimeServer

/// Brings what sockets do to the machine. Called on the core's loop, the only one there is.
struct FakeNamespace: NamespaceHandler {
  let core: FakeCore

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    let auth = (try? JSONValue(parsing: request.auth)) ?? [:]
    let socket = FakeSocket(id: request.socket.description, namespace: request.namespace, auth: auth)
    switch core.provider.connect(socket, now: core.clock.now) {
    case .refused(let message, let data): answer.refuse(message: message, data: data?.serialized())
    case .accepted(let rooms, let effects):
      core.sockets[socket.id] = (socket, request.socket)
      answer.accept(rooms: rooms, context: socket)
      core.act { _, _ in effects }
    }
  }

  func event(_ event: ClientEvent) {
    guard let socket = event.context as? FakeSocket else { return }
    let arguments = (try? JSONValue(parsing: event.arguments))?.array ?? []
    core.act { $0.event(event.name, arguments, from: socket, now: $1) }
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {
    guard let entry = core.sockets.removeValue(forKey: socket.description) else { return }
    core.act { provider, _ in
      provider.disconnected(entry.socket)
      return []
    }
  }
}
