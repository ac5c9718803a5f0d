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

  /// The address of the client, after trusted proxies.
  let remote: String
  private let service: ListenerService
  private let loop: ListenerLoop
  private let ticket: ConnectionTicket
  private var context: ChannelHandlerContext?
  private var delegate: (any WebSocketDelegate)?
  private var decoder: FrameDecoder
  private var state = State.open
  private var reason = WebSocketClosing.lost
  private var isDirty = false
  private var slow = SlowClock()
  private var slowTimer: Scheduled<Void>?

  init(service: ListenerService, loop: ListenerLoop, ticket: ConnectionTicket, remote: String) {
    self.service = service
    self.loop = loop
    self.ticket = ticket
    self.remote = remote
    decoder = FrameDecoder(role: .server, limit: service.options.webSocket.message)
  }

  var eventLoop: any EventLoop { loop.eventLoop }

  /// Whether frames may still be sent.
  var isOpen: Bool { state == .open && context != nil }

  /// False while more than the soft limit waits to be sent.
  var isWritable: Bool { slow.since == nil && isOpen }

  func open(_ delegate: any WebSocketDelegate) {
    // `open` closures may have closed it already.
    self.delegate = delegate
    markDirty()
  }

  // MARK: Sending

  /// Sends complete server frames. They leave at the end of the loop's turn, together with what else was sent in it.
  func send(_ frames: ByteBuffer) {
    guard state == .open, let context else { return }
    context.write(wrapOutboundOut(frames), promise: nil)
    markDirty()
    if slow.since != nil { checkHardLimit(context) }
  }

  /// Starts the close handshake with this code, or with an empty close frame.
  func close(code: UInt16? = nil) {
    guard state == .open, let context else { return }
    reason = .local
    state = .closing
    writeClose(code, context)
    context.eventLoop.assumeIsolated().scheduleTask(in: service.options.webSocket.closeDeadline) { [weak self] in
      self?.context?.close(promise: nil)
    }
  }

  /// Drops the connection; what waits to be sent is lost.
  func terminate() {
    if state == .open { reason = .local }
    state = .finished
    context?.close(promise: nil)
  }

  private func writeClose(_ code: UInt16?, _ context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(WebSocketFrame.make(.close, FrameHeader.closePayload(code))), promise: nil)
    markDirty()
  }

  private func markDirty() {
    guard !isDirty else { return }
    isDirty = true
    loop.flushAtEndOfTurn(self)
  }

  // MARK: Limits of what waits

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    slow.set(isOver: !context.channel.isWritable, now: .now())
    delegate?.writabilityChanged(on: self)
    if slow.since != nil {
      checkHardLimit(context)
      watchSlow(context)
    }
    context.fireChannelWritabilityChanged()
  }

  private func checkHardLimit(_ context: ChannelHandlerContext) {
    guard waitingBytes(context) > service.options.webSocket.hard else { return }
    // A large turn is no slow client: only what the socket doesn't take counts.
    context.flush()
    if let context = self.context, waitingBytes(context) > service.options.webSocket.hard { closeSlow() }
  }

  private func waitingBytes(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }

  /// One timer at a time, which looks at the clock when it fires: writability may change thousands of times a second.
  private func watchSlow(_ context: ChannelHandlerContext) {
    guard slowTimer == nil, let deadline = slow.deadline(after: service.options.webSocket.softDeadline) else { return }
    slowTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
      guard let self, let context = self.context else { return }
      slowTimer = nil
      guard let deadline = slow.deadline(after: service.options.webSocket.softDeadline) else { return }
      if deadline <= .now() { closeSlow() } else { watchSlow(context) }
    }
  }

  private func closeSlow() {
    guard state != .finished else { return }
    service.meters.slow.increment()
    state = .finished
    finish(.slow)
    context?.close(promise: nil)
  }

  // MARK: Receiving

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self, for: ticket)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    ticket.release()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard state != .finished else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
      var offset = 0
      do throws(FrameViolation) {
        while state != .finished, let event = try decoder.next(bytes, at: &offset) { handle(event) }
      } catch {
        violate(error)
      }
    }
  }

  private func handle(_ event: FrameEvent) {
    switch event {
    case .text(let bytes): if state == .open { delegate?.received(text: bytes, on: self) }
    case .binary(let bytes): if state == .open { delegate?.received(binary: bytes, on: self) }
    case .ping(let payload): send(WebSocketFrame.make(.pong, payload))
    case .pong: break
    case .close(let code, _):
      guard let context else { return }
      if state == .open {
        reason = .peer(code: code)
        writeClose(code, context)
      }
      state = .finished
      closeAfterWriting(context)
      if case .peer = reason { finish(reason) }
    }
  }

  private func violate(_ violation: FrameViolation) {
    service.meters.violations.increment()
    guard let context else { return }
    if state == .open {
      reason = .violation(code: violation.code)
      writeClose(violation.code, context)
    }
    state = .finished
    closeAfterWriting(context)
    if case .violation = reason { finish(reason) }
  }

  /// Half-closes behind the last frame and ignores what still arrives: closing with unread input would reset the connection and
  /// could take the close frame away from the peer.
  private func closeAfterWriting(_ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      self.context?.close(mode: .output, promise: nil)
    }
    context.eventLoop.assumeIsolated().scheduleTask(in: service.options.limits.linger) { [weak self] in
      self?.context?.close(promise: nil)
    }
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
    slowTimer?.cancel()
    slowTimer = nil
    state = .finished
    ticket.release()
    finish(reason)
    context.fireChannelInactive()
  }
}

extension WebSocketConnection: TurnFlushing, ListenedConnection {
  func flushTurn() {
    isDirty = false
    context?.flush()
  }

  /// Websockets are ended by whoever owns their sessions.
  func drain() {}
}
