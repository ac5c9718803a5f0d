import DequeModule
import NIOCore
import NIOHTTP1

/// The HTTP life of one connection: reads requests, has them answered one after another in their order, and hands the socket over
/// when one of them is a websocket upgrade.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {  // confined to its event loop
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let service: ListenerService
  let loop: ListenerLoop
  let ticket: ConnectionTicket
  let output: SocketOutput
  let peer: String
  let isSecure: Bool

  var context: ChannelHandlerContext?
  var deadlines: HTTPDeadlines
  var watchIndex = -1
  /// The general way, once a request had to take it.
  var general: (decoder: ByteToMessageHandler<HTTPRequestDecoder>, requests: DecodedRequests)?
  /// What came behind an upgrade.
  var held: ByteBuffer?

  var incoming: IncomingRequest?
  var waiting: Deque<WaitingRequest> = []
  var current: Exchange?
  var lastSerial: UInt64 = 0

  /// False once the last request has been taken; what the client sends after it is ignored.
  var takesInput = true
  /// The last answer has been written.
  var isEnding = false
  /// The ticket has gone to the websocket.
  var isUpgraded = false
  var isDraining = false
  var isAdvancing = false
  var sawHead = false
  private var sawBytes = false
  var heldRead = false
  /// Pieces of the body that their receiver is not done with.
  var openPieces = 0
  /// Whether the current exchange sends a file.
  var isSendingFile = false

  init(service: ListenerService, loop: ListenerLoop, ticket: ConnectionTicket, output: SocketOutput, peer: String, isSecure: Bool) {
    self.service = service
    self.loop = loop
    self.ticket = ticket
    self.output = output
    self.peer = peer
    self.isSecure = isSecure
    deadlines = HTTPDeadlines(limits: service.options.limits, now: .now())
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self, for: ticket)
    loop.watch.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    loop.watch.remove(self)
    guard !isUpgraded else { return }
    // A channel that never became active doesn't become inactive either.
    output.end()
    ticket.release()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { receive(raw: unwrapInboundIn(data)) }

  func channelReadComplete(context: ChannelHandlerContext) {
    if sawHead {
      if deadlines.phase == .head { deadlines.enter(.idle, now: .now()) }
    } else {
      // Bytes that made no head are the beginning of one (or of a TLS record, which is as good).
      sawBytes = true
      if deadlines.phase == .idle { deadlines.enter(.head, now: .now()) }
    }
    sawHead = false
    settle()
    context.fireChannelReadComplete()
  }

  /// Requests that wait for their turn hold the socket's reads back.
  func read(context: ChannelHandlerContext) {
    if waiting.isEmpty, openPieces == 0, current?.isUpgrade != true {
      context.read()
    } else {
      heldRead = true
    }
  }

  func releaseRead() {
    guard heldRead, waiting.isEmpty, openPieces == 0 else { return }
    heldRead = false
    context?.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { advance() }
    settle()
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard context.channel.isActive else { return }
    guard let parserError = error as? HTTPParserError else {
      // What the decoder is given after an error comes back as one; every other error is the transport's.
      if !(error is ByteToMessageDecoderError) { context.close(promise: nil) }
      return
    }
    refuse(HTTPRefusal(status: parserError == .headerOverflow ? 431 : 400, reason: "malformed request"), failure: .malformed)
    settle()
  }

  func channelInactive(context: ChannelHandlerContext) {
    loop.watch.remove(self)
    output.end()
    failBody(.aborted)
    waiting.removeAll()
    if let exchange = current {
      current = nil
      service.meters.aborted.increment()
      exchange.abort?()
    }
    ticket.release()
    context.fireChannelInactive()
  }

  // MARK: Deadlines

  /// Enters the phase that follows from what is going on.
  func settle() {
    guard !isEnding, let context, context.channel.isActive else { return }
    if incoming != nil {
      deadlines.enter(.body, now: .now())
    } else if current != nil {
      deadlines.enter(isSendingFile ? .stalled : .answering, now: .now())
    } else if !context.channel.isWritable {
      deadlines.enter(.stalled, now: .now())
    } else if deadlines.phase != .head {
      deadlines.enter(.idle, now: .now())
    }
  }

  func look(now: NIODeadline) {
    guard deadlines.isExpired(now: now) else { return }
    switch deadlines.phase {
    case .head where sawBytes || lastSerial > 0:
      service.meters.timeouts.increment()
      refuse(HTTPRefusal(status: 408, reason: "the head took too long"), failure: .timeout)
    case .body:
      service.meters.timeouts.increment()
      refuse(HTTPRefusal(status: 408, reason: "the body took too long"), failure: .timeout)
    case .head, .idle, .stalled, .lingering, .answering:
      context?.close(promise: nil)
      return
    }
    settle()
  }
}

extension HTTPConnection: WatchedConnection, ListenedConnection {
  func drain() {
    isDraining = true
    guard current == nil, waiting.isEmpty, incoming == nil, !isEnding else { return }
    if output.isEmpty { context?.close(promise: nil) } else { end() }
  }

  func terminate() {
    context?.close(promise: nil)
  }
}
