import EngineIO
import NIOCore
import WebSocketFrames

/// The WebSocket side of a session.
extension Session: WebSocketDelegate {
  func received(text: [UInt8], on connection: WebSocketConnection) { receive(text: text, from: connection) }
  func received(binary: [UInt8], on connection: WebSocketConnection) { receive(binary: binary, from: connection) }
  func closed(_ connection: WebSocketConnection, reason: WebSocketClosing) { linkClosed(connection, reason: reason) }

  func receive(text: [UInt8], from source: any WebSocketLink) {
    let kind = text.first.flatMap(PacketKind.init(rawValue:))
    guard source === link else { return probePacket(kind, text, from: source) }
    guard let kind else { return parseFailed() }
    take(kind, text: text)
  }

  func receive(binary: [UInt8], from source: any WebSocketLink) {
    guard source === link else { return probePacket(nil, binary, from: source) }
    take(binary: binary)
  }

  /// A WebSocket asks to become the transport. False: it is to be closed.
  func attachProbe(_ candidate: any WebSocketLink) -> Bool {
    guard loop.isShuttingDown == false, engine.probe(now: loop.now) else { return false }
    probe = candidate
    loop.add(.upgrade, key, deadline: loop.now + loop.options.timing.upgradeTimeout)
    return true
  }

  private func probePacket(_ kind: PacketKind?, _ text: [UInt8], from source: any WebSocketLink) {
    guard let probe, source === probe else { return }
    let wasAwaitingPong = engine.isAwaitingPong
    // What is no packet at all is as wrong here as a message.
    switch engine.probePacket(kind ?? .message, isProbe: text.dropFirst().elementsEqual("probe".utf8), now: loop.now) {
    case .answerProbe(let freesPoll):
      probe.send(WebSocketFrame.text("3probe"))
      if freesPoll { respondToPoll([PacketKind.noop.rawValue]) }
    case .upgraded(let freesPoll):
      if freesPoll { respondToPoll([PacketKind.noop.rawValue]) }
      let waiting = polling?.takeFrames() ?? ByteBuffer()
      self.probe = nil
      attach(probe)
      if waiting.readableBytes > 0 { probe.send(waiting) }
      loop.meters.upgrades.increment()
      if wasAwaitingPong { heartbeatRestarted() }
      trialEnded()
    case .abandon:
      self.probe = nil
      probe.close(code: nil)
      trialEnded()
    }
  }

  func linkClosed(_ source: any WebSocketLink, reason: WebSocketClosing) {
    if let probe, source === probe {
      self.probe = nil
      engine.probeLost()
      trialEnded()
    } else if source === link {
      let isViolation = if case .violation = reason { true } else { false }
      guard engine.webSocketLost(isViolation ? .transportError : .transportClose) else { return }
      ended(DisconnectReason(reason))
    }
  }
}

extension DisconnectReason {
  init(_ closing: WebSocketClosing) {
    switch closing {
    case .peer, .lost: self = .transportClose
    case .violation: self = .transportError
    case .slow: self = .slowConsumer
    case .local: self = .forcedClose
    }
  }

  init(_ reason: CloseReason) {
    switch reason {
    case .transportError, .overlap: self = .transportError
    case .transportClose: self = .transportClose
    case .server: self = .forcedClose
    case .pingTimeout: self = .pingTimeout
    case .parseError: self = .parseError
    }
  }
}
