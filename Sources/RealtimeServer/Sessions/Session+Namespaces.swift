import SocketIO

/// Joining and leaving namespaces.
extension Session {
  func connect(_ name: String, auth: [UInt8]) {
    // After a refusal a client stays away from the namespace; after the loss of its connection it comes back.
    guard loop.isShuttingDown == false else { return goAway() }
    guard let namespace = loop.registry.find(name) else { return refuse(name, message: "Invalid namespace", data: nil) }
    ask(candidate(for: namespace, auth: auth), auth: auth)
  }

  /// Asks the application.
  func ask(_ socket: ServerSocket, auth: [UInt8]) {
    let request = ConnectRequest(
      socket: socket.id, connection: ConnectionID(key), isRecovery: socket.recovery?.claim != nil, namespace: socket.namespace.name,
      auth: auth, handshake: handshake)
    socket.namespace.handler.connect(request, answer: ConnectAnswer(socket: socket, auth: auth))
  }

  /// The application lets the client in, unless it is gone by now.
  func accept(_ socket: ServerSocket, _ admission: Admission, auth: [UInt8]) {
    let namespace = socket.namespace
    guard namespace.isOpen, memberships.isConnecting(namespace.name) else {
      return turnAway(socket, context: admission.context, message: "Invalid namespace")
    }
    var (rooms, missed) = (admission.rooms, [OutboundMessage]())
    if let claim = socket.recovery?.claim {
      guard let messages = self.missed(socket, claim, owner: admission.owner) else {
        return startAnew(socket, context: admission.context, auth: auth)
      }
      (rooms, missed) = (rooms + claim.session.rooms, messages)
    }
    // Looking for what was missed may have sent something, and with it ended this session or let the namespace be removed.
    guard namespace.isOpen, memberships.accept(namespace.name, socket: socket.slot) else {
      return turnAway(socket, context: admission.context, message: "Invalid namespace")
    }
    if socket.recovery?.claim != nil { loop.meters.recovered.increment() }
    socket.isJoined = true
    socket.label = admission.label
    socket.context = admission.context
    socket.recovery?.owner = admission.owner
    socket.recovery?.claim = nil
    connect(socket)
    loop.joined(socket, rooms: rooms)
    recount()
    // Last, because it may end the session: a client that reads too slowly is noticed when something is sent to it. What was missed
    // comes before the answer, as from the reference server: clients hold it until then.
    for message in missed { send(message) }
    let privateID = socket.recovery?.privateID
    send(
      OutboundMessage {
        PacketWriter.connect(namespace: namespace.name, socket: socket.id.description, privateID: privateID, to: &$0)
      })
  }

  /// The application did not refuse the client, and yet it cannot join. The application hears of its end as of any other's.
  func turnAway(_ socket: ServerSocket, context: (any Sendable)?, message: String) {
    loop.free(socket)
    refuse(socket.namespace.name, message: message, data: nil)
    socket.namespace.handler.disconnected(socket.id, context: context, reason: endReason ?? .serverNamespaceDisconnect)
    giveBack(socket)
  }

  func refuse(_ socket: ServerSocket, message: String, data: [UInt8]?) {
    loop.free(socket)
    giveBack(socket)
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
