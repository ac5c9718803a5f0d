import NIOCore
import RealtimeServer

/// Every path is the provider's.
struct FakeRouting: HTTPRouting {
  let core: FakeCore

  func match(method: String, path: String) -> HTTPRouteMatch {
    .route(HTTPRoute(maxBody: 128 << 20, isRateLimited: false) { [core] request, responder in core.serve(request, responder) })
  }
}

extension FakeCall {
  init(_ request: HTTPRequest) {
    self.init(request.method, request.target, headers: request.headers, body: Array(request.body.readableBytesView))
  }
}

extension FakeCore {
  func serve(_ request: HTTPRequest, _ responder: HTTPResponder) {
    let call = FakeCall(request)
    if call.path.first == "_fake" {
      return control(call) { responder.respond(HTTPResponse($0)) }
    }
    guard let fault = faults.take(for: call) else { return responder.respond(HTTPResponse(process(call))) }
    tell("\(call.method) /\(call.path.joined(separator: "/")) meets a fault")
    // A call that is carried out is so before its answer: what follows from it may be seen first.
    let answer = fault.isProcessed ? process(call) : nil
    guard fault.delay > 0 else { return fail(call, fault, answer, responder) }
    eventLoop.scheduleTask(in: .milliseconds(fault.delay)) { self.fail(call, fault, answer, responder) }
  }

  private func process(_ call: FakeCall) -> FakeAnswer {
    let reply = provider.answer(call, now: clock.now)
    perform(reply.effects)
    settle()
    return reply.answer
  }

  private func fail(_ call: FakeCall, _ fault: Fault, _ answer: FakeAnswer?, _ responder: HTTPResponder) {
    guard fault.replacesAnswer else { return responder.respond(HTTPResponse(answer ?? process(call))) }
    if let tampering = fault.body { return responder.respond(HTTPResponse(tampering.applied(to: answer ?? process(call)))) }
    if let broken = fault.broken { return responder.breakOff(after: broken.bytes) }
    if let bodyBytes = fault.bodyBytes {
      let body = ByteBuffer(repeating: UInt8(ascii: "0"), count: bodyBytes)
      return responder.respond(HTTPResponse(status: fault.status ?? 200, headers: [("Content-Type", "application/json")], body: body))
    }
    var failure: FakeAnswer
    if let redirect = fault.redirect {
      failure = FakeAnswer(status: fault.status ?? 302, body: []).with("Location", redirect)
    } else {
      failure = provider.error(status: fault.status ?? (fault.code == nil ? 429 : 400), code: fault.code, text: fault.text)
    }
    if let retryAfter = fault.retryAfter { failure = failure.with("Retry-After", retryAfter) }
    responder.respond(HTTPResponse(failure))
  }
}

extension HTTPResponse {
  init(_ answer: FakeAnswer) {
    self.init(status: answer.status, headers: answer.headers.map { ($0.name, $0.value) }, body: ByteBuffer(bytes: answer.body))
  }
}

extension Fault.Tampering {
  /// The answer with another body, as long as it says it is.
  func applied(to answer: FakeAnswer) -> FakeAnswer {
    guard let last = answer.body.last else { return answer }
    var answer = answer
    answer.body.removeLast()
    if self == .altered { answer.body.append(last ^ 1) }
    return answer
  }
}

extension Fault.Broken {
  /// What is sent before the connection ends.
  var bytes: ByteBuffer {
    switch self {
    case .cut: ByteBuffer()
    case .garbage: ByteBuffer(bytes: (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 151 | 0x80) })
    case .endlessHeaders:
      ByteBuffer(
        string: "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Endless: 0123456789012345678901234567890123456789\r\n", count: 400_000))
    case .truncated:
      ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"messages\":[{\"id\":\"")
    }
  }
}
