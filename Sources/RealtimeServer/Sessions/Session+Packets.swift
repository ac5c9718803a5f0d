import EngineIO
import SocketIO

/// What comes in, whichever transport it came by.
extension Session {
  /// A text packet, its type included.
  func take(_ kind: PacketKind, text: [UInt8]) {
    loop.meters.packetIn(text.count)
    let wasAwaitingPong = kind == .pong && engine.isAwaitingPong
    switch engine.receive(kind, now: kind == .pong ? loop.now : 0) {
    case .message:
      if let bare = loop.bare { return answer(bare(.text(Array(text.dropFirst())))) }
      assemble { limits throws(DecodeError) in try assembler.receive(text: text, from: 1, limits: limits) }
    case .ignore: if wasAwaitingPong { heartbeatRestarted() }
    case .closed(let reason):
      link?.close(code: nil)
      ended(DisconnectReason(reason), poll: kind == .close ? .noop : .close)
    }
  }

  /// A binary message.
  func take(binary: [UInt8]) {
    loop.meters.packetIn(binary.count)
    guard case .message = engine.receive(.message, now: 0) else { return }
    if let bare = loop.bare { return answer(bare(.binary(binary))) }
    assemble { limits throws(DecodeError) in try assembler.receive(binary: binary, limits: limits) }
  }

  /// What came is no Engine.IO packet.
  func parseFailed() {
    guard case .closed = engine.receiveFailed() else { return }
    link?.close(code: nil)
    ended(.parseError)
  }

  private func assemble(_ receive: (DecodeLimits) throws(DecodeError) -> PacketAssembler.Assembled?) {
    do throws(DecodeError) {
      guard let assembled = try receive(loop.limits) else { return }
      try dispatch(assembled)
    } catch {
      violated(.forcedClose)
    }
  }

  /// The client broke the protocol of the layer above. It gets what is buffered first.
  func violated(_ reason: DisconnectReason) {
    guard isOver == false else { return }
    loop.meters.protocolErrors.increment()
    close(reason)
  }

  private func dispatch(_ assembled: consuming PacketAssembler.Assembled) throws(DecodeError) {
    let packet = assembled.packet
    switch memberships.receive(packet.type, namespace: assembled.text[packet.namespace]) {
    case .connect(let name): connect(name, auth: packet.payload.map { Array(assembled.text[$0]) } ?? Array("{}".utf8))
    case .event(let slot):
      if let socket = loop.sockets[Int(slot)] { try event(assembled, for: socket) }
    case .ack(let slot):
      guard let id = packet.id, let waiter = loop.sockets[Int(slot)]?.acks.take(id) else { return }
      waiter.answer(.answered(Array(assembled.text[packet.payload ?? 0..<0]), attachments: assembled.attachments))
    case .left(let slot):
      recount()
      if let socket = loop.sockets[Int(slot)] { loop.remove(socket, reason: .clientNamespaceDisconnect) }
    case .close: violated(.forcedServerClose)
    }
  }

  private func event(_ assembled: consuming PacketAssembler.Assembled, for socket: ServerSocket) throws(DecodeError) {
    let decoded = assembled.text.withUnsafeBytes { [packet = assembled.packet] raw in
      Result { () throws(DecodeError) in try PacketDecoder.name(of: packet, in: raw) }
    }
    let name = try decoded.get()
    let ack = assembled.packet.id.map { AckHandle(socket: socket, id: $0) }
    let event = ClientEvent(socket: socket.id, context: socket.context, name: name, ack: ack, packet: assembled)
    if takesEvent() {
      socket.namespace.handler.event(event)
    } else {
      loop.meters.rateDrops.increment()
      socket.namespace.handler.limited(event)
    }
  }
}
