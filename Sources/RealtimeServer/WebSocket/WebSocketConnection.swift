import NIOCore
import WebSocketFrames

/// An upgraded connection; the only handler left in its pipeline (but for TLS). Confined to its event loop.
final class WebSocketConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case open
    /// A close frame was sent; what arrives only matters if it is the peer's.
    case closing
    /// Nothing is read any more.
    case finished
  }

  // What sending needs lies together: a broadcast comes by thousands of these, each cold.
  private let output: SocketOutput
  private var context: ChannelHandlerContext?
  private var slow = SlowClock()
  private var state = State.open
  /// How messages are compressed; nil when that was not agreed on.
  let compression: SocketCompression?
  /// The address of the client, after trusted proxies.
  let remote: String
  private let service: ListenerService
  private let loop: ListenerLoop
  private let ticket: ConnectionTicket
  private var delegate: (any WebSocketDelegate)?
  private var decoder: FrameDecoder
  private var reason = WebSocketClosing.lost
  private var message = MessageClock()
  /// When it is cut off, once it is being closed.
  private var endBy: NIODeadline?
  var watchIndex = -1

  init(
    service: ListenerService, loop: ListenerLoop, ticket: ConnectionTicket, output: SocketOutput, remote: String,
    agreement: DeflateAgreement?
  ) {
    self.service = service
    self.loop = loop
    self.ticket = ticket
    self.output = output
    self.remote = remote
    compression = agreement.map(SocketCompression.init)
    decoder = FrameDecoder(
      role: .server, limit: service.options.webSocket.message, inflater: agreement?.inflater(loop.compressors))
  }

  var eventLoop: any EventLoop { loop.eventLoop }

  /// Whether frames may still be sent.
  var isOpen: Bool { state == .open && context != nil }

  /// False while more than the soft limit waits to be sent.
  var isWritable: Bool { slow.since == nil && isOpen }

  func open(_ delegate: any WebSocketDelegate) {
    // `open` closures may have closed it already.
    self.delegate = delegate
  }

  // MARK: Sending

  /// Sends a message, compressed where that was agreed on.
  func send(_ message: OutboundMessage) {
    guard let packed = message.packed, let compression else { return send(message.frames) }
    switch compression {
    case .shared(let windowBits): send(packed.frames(of: message, windowBits: windowBits, loop.compressors))
    case .own(let deflater): send(packed.frames(of: message, deflater))
    }
  }

  /// Sends a message that is for this socket alone.
  func send(_ opcode: Opcode, _ payload: [UInt8]) {
    if let compression, let options = service.options.compression {
      return send(compression.frame(opcode, payload, threshold: options.threshold, loop.compressors))
    }
    guard isOpen else { return }
    output.append(WebSocketFrame.size(payload.count)) { WebSocketFrame.write(opcode, payload, to: $0) }
    if slow.since != nil { checkHardLimit() }
  }

  /// Sends complete server frames. They leave with the answers to what is being read, else at the end of the loop's turn, together with
  /// what else was sent in it.
  func send(_ frames: ByteBuffer) {
    guard isOpen else { return }
    output.append(frames)
    if slow.since != nil { checkHardLimit() }
  }

  /// Starts the close handshake with this code, or with an empty close frame.
  func close(code: UInt16? = nil) {
    guard isOpen else { return }
    reason = .local
    state = .closing
    writeClose(code)
    cutOff(in: service.options.webSocket.closeDeadline)
  }

  /// Drops the connection; what waits to be sent is lost.
  func terminate() {
    if state == .open { reason = .local }
    state = .finished
    context?.close(promise: nil)
  }

  private func writeClose(_ code: UInt16?) {
    output.append(WebSocketFrame.make(.close, FrameHeader.closePayload(code)))
  }

  // MARK: Limits of what waits

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    slow.set(isOver: !context.channel.isWritable, now: .now())
    delegate?.writabilityChanged(on: self)
    if slow.since != nil {
      checkHardLimit()
      loop.watch.add(self)
    }
    context.fireChannelWritabilityChanged()
  }

  private func checkHardLimit() {
    guard output.waitingInChannel > service.options.webSocket.hard else { return }
    // A large turn is no slow client: only what the socket doesn't take counts.
    output.flushNow()
    if output.waitingInChannel > service.options.webSocket.hard { closeSlow() }
  }

  /// Without a close frame, which would wait behind all that the peer does not take.
  private func closeSlow() {
    guard state != .finished else { return }
    service.meters.slow.increment()
    state = .finished
    finish(.slow)
    context?.close(promise: nil)
  }

  // MARK: Receiving

  /// Takes nothing from the socket for a while, so that the peer has to wait, or goes on.
  func setReading(_ isReading: Bool) {
    try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self, for: ticket)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.watch.remove(self)
    output.end()
    ticket.release()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard state != .finished else { return }
    output.hold()
    unwrapInboundIn(data).withUnsafeReadableBytes(receive)
    output.release()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    var isNew = false
    do throws(FrameViolation) {
      while offset < bytes.count, state != .finished, let event = try decoder.next(bytes, at: &offset) {
        isNew = isNew || event.isMessage
        handle(event)
      }
    } catch {
      return violate(error)
    }
    message.arrived(bytes.count, isMidway: decoder.isMidway, isNew: isNew, limits: service.options.webSocket)
    if message.deadline != nil { loop.watch.add(self) }
  }

  /// Ends here: there is no other handler to tell.
  func channelReadComplete(context: ChannelHandlerContext) {}

  private func handle(_ event: FrameEvent) {
    switch event {
    case .text(let bytes): if state == .open { delegate?.received(text: bytes, on: self) }
    case .binary(let bytes): if state == .open { delegate?.received(binary: bytes, on: self) }
    case .ping(let payload): send(WebSocketFrame.make(.pong, payload))
    case .pong, .skipped: break
    case .close(let code, _):
      if state == .open {
        reason = .peer(code: code)
        writeClose(code)
      }
      state = .finished
      closeAfterWriting()
      if case .peer = reason { finish(reason) }
    }
  }

  private func violate(_ violation: FrameViolation) {
    service.meters.violations.increment()
    end(code: violation.code)
  }

  private func end(code: UInt16) {
    if state == .open {
      reason = .violation(code: code)
      writeClose(code)
    }
    state = .finished
    closeAfterWriting()
    if case .violation = reason { finish(reason) }
  }

  /// Half-closes behind the last frame and ignores what still arrives: closing with unread input would reset the connection and
  /// could take the close frame away from the peer.
  private func closeAfterWriting() {
    output.whenFlushed { _ in self.context?.close(mode: .output, promise: nil) }
    cutOff(in: service.options.limits.linger)
  }

  private func cutOff(in time: TimeAmount) {
    endBy = min(endBy ?? .distantFuture, .now() + time)
    loop.watch.add(self)
  }

  private func finish(_ reason: WebSocketClosing) {
    guard let delegate else { return }
    self.delegate = nil
    delegate.closed(self, reason: reason)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    state = .finished
    loop.watch.remove(self)
    output.end()
    ticket.release()
    finish(reason)
    context.fireChannelInactive()
  }
}

extension WebSocketConnection: WatchedConnection, ListenedConnection {
  func look(now: NIODeadline) {
    let isSlow = slow.deadline(after: service.options.webSocket.softDeadline).map { $0 <= now }
    if let endBy, endBy <= now {
      context?.close(promise: nil)
    } else if isSlow == true {
      closeSlow()
    } else if let deadline = message.deadline, deadline <= now, state != .finished {
      service.meters.timeouts.increment()
      end(code: CloseCode.policyViolation)
    } else if endBy == nil, isSlow == nil, message.deadline == nil {
      loop.watch.remove(self)
    }
  }

  /// Websockets are ended by whoever owns their sessions.
  func drain() {}
}
