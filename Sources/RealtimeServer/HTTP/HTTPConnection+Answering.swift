import DequeModule
import NIOCore

/// Having requests answered.
extension HTTPConnection: HTTPAnswering {
  func enqueue(_ request: WaitingRequest) {
    let limit = service.options.limits.pipelined
    if limit > 0, waiting.count >= limit {
      takesInput = false
      let refusal = HTTPRefusal(status: 503, reason: "too many requests at once", retryAfter: .seconds(1))
      waiting.append(WaitingRequest(request: request.request, destination: .refused(refusal), closes: true))
    } else {
      waiting.append(request)
    }
    advance()
  }

  /// Dispatches requests as long as each is answered at once. A client that doesn't read its answers gets no further ones.
  func advance() {
    guard !isAdvancing, let context else { return }
    isAdvancing = true
    while current == nil, !isEnding, context.channel.isWritable, let next = waiting.popFirst() { dispatch(next) }
    isAdvancing = false
    guard self.context != nil else { return }
    sendContinue()
    if isDraining, current == nil, waiting.isEmpty, incoming == nil, !isEnding { end() }
    releaseRead()
  }

  private func dispatch(_ next: WaitingRequest) {
    lastSerial += 1
    service.meters.requests.increment()
    let serial = lastSerial
    var isUpgrade = false
    if case .upgrade = next.destination { isUpgrade = true }
    var head = next.request
    head.body = ByteBuffer()
    (head.share, head.receiver) = (nil, nil)
    current = Exchange(serial: serial, request: head, closes: next.closes, isUpgrade: isUpgrade)
    switch next.destination {
    case .fixed(let response): complete(serial, with: response)
    case .refused(let refusal): complete(serial, with: service.options.response(to: refusal, requestID: head.requestID))
    case .route(let route): route.handle(next.request, HTTPResponder(connection: self, exchange: serial, eventLoop: loop.eventLoop))
    case .engine(let engine):
      engine.request(next.request, responder: HTTPResponder(connection: self, exchange: serial, eventLoop: loop.eventLoop))
    case .upgrade(let engine):
      engine.upgrade(next.request, answer: UpgradeAnswer(connection: self, exchange: serial, eventLoop: loop.eventLoop))
    }
  }

  func setAbort(of exchange: UInt64, _ body: @escaping @Sendable () -> Void) {
    if current?.serial == exchange { current?.abort = body }
  }

  func abandon(_ exchange: UInt64) {
    guard let abandoned = current, abandoned.serial == exchange else { return }
    let refusal = HTTPRefusal(status: 500, closes: false)
    complete(exchange, with: service.options.response(to: refusal, requestID: abandoned.request.requestID))
  }

  func breakOff(_ exchange: UInt64, after bytes: ByteBuffer) {
    guard current?.serial == exchange else { return }
    current = nil
    isEnding = true
    takesInput = false
    waiting.removeAll()
    deadlines.enter(.stalled, now: .now())
    output.append(bytes)
    output.whenFlushed { _ in self.context?.close(promise: nil) }
  }

  func complete(_ exchange: UInt64, with response: HTTPResponse) {
    guard let answered = current, answered.serial == exchange, let context else { return }
    current = nil
    var response = response
    if response.isCompressible, let threshold = service.options.pollCompression {
      ContentCoding.apply(from: threshold, to: &response, for: answered.request, loop.compressors)
    }
    let closes = answered.closes || response.closes || answered.isUpgrade || (isDraining && waiting.isEmpty)
    let origin = answered.request.header("Origin")
    var buffer = context.channel.allocator.buffer(capacity: 256 + min(response.body.readableBytes, Self.joined))
    ResponseHead.write(
      response, fields: service.options.cors.fields(origin: origin), requestID: answered.request.requestID, date: loop.httpDate(),
      closes: closes, into: &buffer)
    let hasBody = response.length > 0 && answered.request.method != "HEAD" && response.status != 204 && response.status != 304
    if hasBody, let file = response.file {
      output.append(buffer)
      lastSerial += 1
      current = Exchange(serial: lastSerial, request: answered.request, closes: closes, isUpgrade: false)
      isSendingFile = true
      settle()
      return send(file, of: lastSerial, closes: closes)
    }
    if hasBody, response.body.readableBytes <= Self.joined {
      buffer.writeImmutableBuffer(response.body)
    } else if hasBody {
      output.append(buffer)
      buffer = response.body
    }
    output.append(buffer)
    if closes {
      end()
    } else {
      advance()
      if !isAdvancing { settle() }
    }
  }

  /// Bodies up to this size share the buffer of their head.
  private static var joined: Int { 16 * 1024 }

  /// Sends what is waiting, then half-closes and reads on for a while: closing with unread input would reset the connection and
  /// could take the answer away from the client.
  func end() {
    guard !isEnding, context != nil else { return }
    isEnding = true
    takesInput = false
    waiting.removeAll()
    failBody(.aborted)
    deadlines.enter(.stalled, now: .now())
    output.whenFlushed { self.linger(isWritten: $0) }
    settle()
    releaseRead()
  }

  private func linger(isWritten: Bool) {
    guard let context, context.channel.isActive else { return }
    guard isWritten else { return context.close(promise: nil) }
    deadlines.enter(.lingering, now: .now())
    context.close(mode: .output, promise: nil)
    settle()
  }
}
