import SocketIO

/// Joining and leaving namespaces.
extension Session {
  func connect(_ name: String, auth: [UInt8]) {
    // After a refusal a client stays away from the namespace; after the loss of its connection it comes back.
    guard loop.isShuttingDown == false else { return goAway() }
    guard let namespace = loop.registry.find(name) else { return refuse(name, message: "Invalid namespace", data: nil) }
    let socket = loop.makeSocket(namespace, session: self)
    let request = ConnectRequest(socket: socket.id, namespace: name, auth: auth, handshake: handshake)
    namespace.handler.connect(request, answer: ConnectAnswer(socket: socket))
  }

  /// The application lets the client in, unless it is gone by now.
  func accept(_ socket: ServerSocket, rooms: [String], label: String, context: (any Sendable)?) {
    let namespace = socket.namespace
    guard namespace.isOpen, memberships.accept(namespace.name, socket: socket.slot) else {
      return turnAway(socket, context: context, message: "Invalid namespace")
    }
    socket.isJoined = true
    socket.label = label
    socket.context = context
    connect(socket)
    loop.joined(socket, rooms: rooms)
    recount()
    // Last, because it may end the session: a client that reads too slowly is noticed when something is sent to it.
    send(OutboundMessage { PacketWriter.connect(namespace: namespace.name, socket: socket.id.description, to: &$0) })
  }

  /// The application did not refuse the client, and yet it cannot join. The application hears of its end as of any other's.
  func turnAway(_ socket: ServerSocket, context: (any Sendable)?, message: String) {
    refuse(socket, message: message, data: nil)
    socket.namespace.handler.disconnected(socket.id, context: context, reason: endReason ?? .serverNamespaceDisconnect)
  }

  func refuse(_ socket: ServerSocket, message: String, data: [UInt8]?) {
    loop.free(socket)
    refuse(socket.namespace.name, message: message, data: data)
  }

  /// The server removes a socket from its namespace, or closes the whole transport.
  func disconnect(_ socket: ServerSocket, closesTransport: Bool) {
    if closesTransport {
      for joined in joinedSockets {
        send(OutboundMessage { PacketWriter.disconnect(namespace: joined.namespace.name, to: &$0) })
      }
      return close(.serverNamespaceDisconnect)
    }
    guard memberships.remove(socket.namespace.name) != nil else { return }
    send(OutboundMessage { PacketWriter.disconnect(namespace: socket.namespace.name, to: &$0) })
    recount()
    loop.remove(socket, reason: .serverNamespaceDisconnect)
  }

  private func refuse(_ name: String, message: String, data: [UInt8]?) {
    guard memberships.refuse(name) else { return }
    loop.meters.refusedConnects.increment()
    send(OutboundMessage { PacketWriter.connectError(namespace: name, message: message, data: data, to: &$0) })
  }
}
