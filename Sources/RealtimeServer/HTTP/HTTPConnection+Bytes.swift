import NIOCore
import NIOHTTP1

/// Taking requests from the socket's bytes: directly as long as each arrives whole and plain, from the first other one on through
/// a decoder.
extension HTTPConnection {
  func receive(raw bytes: ByteBuffer) {
    // Behind an upgrade that is being answered.
    if held != nil, isEnding == false { held?.writeImmutableBuffer(bytes) }
    var bytes = bytes
    while takesInput, bytes.readableBytes > 0 {
      guard let (request, body) = readPlain(&bytes) else { return decode(bytes) }
      sawHead = true
      // An upgrade is the last request; the frames behind it are the websocket's.
      if case .upgrade = request.destination { held = bytes }
      begin(request, length: request.hasBody ? .bytes(body.readableBytes) : .none)
      if request.hasBody { receive(body) }
      receiveEnd()
    }
  }

  /// Takes one whole request off the front; nil when there is none, or it isn't plain.
  private func readPlain(_ bytes: inout ByteBuffer) -> (IncomingRequest, body: ByteBuffer)? {
    guard let head = bytes.withUnsafeReadableBytes({ PlainHead($0, limits: service.options.limits) }),
      bytes.readableBytes - head.end >= head.bodyLength
    else { return nil }
    // A copy, because a request may wait for its answer far longer than the socket's buffer should.
    var fields = ByteBufferAllocator().buffer(capacity: head.end)
    bytes.withUnsafeReadableBytes { _ = fields.writeBytes(UnsafeRawBufferPointer(rebasing: $0[..<head.end])) }
    let target = fields.getString(at: head.target.lowerBound, length: head.target.count) ?? ""
    let request = request(method: head.isGet ? "GET" : "POST", target: target, fields: HTTPFields(head.fields, in: fields))
    let arriving: IncomingRequest
    switch head.purpose {
    case .webSocket:
      guard let engine = service.engine,
        service.table.decide(path: request.path, query: request.query, wantsWebSocket: true) == .webSocket
      else { return nil }
      arriving = IncomingRequest(
        request: request, destination: overRate(request) ?? .upgrade(engine), limit: 0, owesContinue: false, closes: true, hasBody: false)
    case .answer(let length):
      let (destination, limit) = destination(of: request, upgrade: nil)
      arriving = IncomingRequest(
        request: request, destination: destination, limit: limit, owesContinue: false, closes: false, hasBody: length > 0)
    }
    bytes.moveReaderIndex(forwardBy: head.end)
    let body = bytes.readSlice(length: head.bodyLength) ?? ByteBuffer()
    return (arriving, body)
  }

  /// Goes the general way with these bytes and all that follow.
  private func decode(_ bytes: ByteBuffer) {
    guard let context else { return }
    var limits = NIOHTTPDecoderLimitConfiguration()
    if service.options.limits.headBytes > 0 {
      limits.maxHeaderListSize = service.options.limits.headBytes
      limits.maxHeaderFieldSize = service.options.limits.headBytes
    }
    if service.options.limits.headFields > 0 { limits.maxHeaderFieldCount = service.options.limits.headFields }
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    let requests = DecodedRequests(self)
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(decoder, position: .before(self))
      try pipeline.addHandler(requests, position: .before(self))
      general = (decoder, requests)
      decoder.channelRead(context: try pipeline.context(handler: decoder), data: NIOAny(bytes))
    } catch {
      context.close(promise: nil)
    }
  }
}
