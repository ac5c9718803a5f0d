import NIOCore
import NIOHTTP1

/// Taking requests in.
extension HTTPConnection {
  func receive(_ head: HTTPRequestHead) {
    sawHead = true
    guard takesInput else { return }
    let request = request(method: head.method.rawValue, target: head.uri, fields: HTTPFields(head.headers.map { ($0.name, $0.value) }))
    let length: BodyLength
    do {
      length = try HeadCheck.bodyLength(of: head)
    } catch {
      return refuse(error, failure: .malformed, requestID: request.requestID)
    }
    // After a head with an upgrade the decoder stops, whoever answers it.
    let stopsDecoder = head.headers.contains(name: "upgrade")
    var (destination, limit) = destination(of: request, upgrade: UpgradeFields.wantWebSocket(head) ? head : nil)
    let expectation = head.headers.first(name: "expect")
    if let expectation, !expectation.equalsIgnoringASCIICase("100-continue") {
      destination = .refused(HTTPRefusal(status: 417, reason: "unknown expectation"))
    }
    if length != .none, case .route = destination, let refusal = HeadCheck.codingRefusal(of: head) { destination = .refused(refusal) }
    let arriving = IncomingRequest(
      request: request, destination: destination, limit: limit, owesContinue: expectation != nil && length != .none,
      closes: !head.isKeepAlive || head.version.minor == 0 || stopsDecoder, hasBody: length != .none)
    begin(arriving, length: length)
  }

  /// Takes a request whose head is in order; its body, if it has one, follows.
  func begin(_ request: IncomingRequest, length: BodyLength) {
    var request = request
    if case .bytes(let count) = length, count > request.limit, !request.destination.isFixed { request.destination = tooLarge() }
    if request.hasBody, case .route(let route) = request.destination, let receive = route.receive {
      switch receive(request.request, loop.eventLoop) {
      case .take(let receiver): request.request.receiver = receiver
      case .refuse(let response): request.destination = .fixed(response)
      }
    }
    if request.hasBody, request.destination.isFixed {
      // Nobody wants the body; reading it only to keep the connection isn't worth it.
      takesInput = false
      return enqueue(WaitingRequest(request: request.request, destination: request.destination, closes: true))
    }
    incoming = request
    request.engine?.bodyBegan(request.request)
    sendContinue()
  }

  func receive(_ bytes: ByteBuffer) {
    if let receiver = incoming?.request.receiver { return pass(bytes, to: receiver) }
    guard let limit = incoming?.limit, let count = incoming?.request.body.readableBytes else { return }
    guard count + bytes.readableBytes > limit else {
      let share = incoming?.request.share ?? service.bodies.share()
      guard share.grow(by: bytes.readableBytes) else {
        service.meters.bodiesFull.increment()
        return refuse(HTTPRefusal(status: 503, reason: "too many bodies at once", retryAfter: .seconds(1)), failure: .aborted)
      }
      incoming?.request.share = share
      var bytes = bytes
      deadlines.progress(bytes.readableBytes)
      incoming?.owesContinue = false
      incoming?.request.body.append(&bytes)
      return
    }
    refuseTooLarge()
  }

  /// Hands a piece over to what the route put in place; while that is behind, nothing more is read.
  private func pass(_ bytes: ByteBuffer, to receiver: any HTTPBodyReceiver) {
    guard let arriving = incoming else { return }
    guard arriving.received + bytes.readableBytes <= arriving.limit else { return refuseTooLarge() }
    incoming?.received += bytes.readableBytes
    incoming?.owesContinue = false
    deadlines.progress(bytes.readableBytes)
    guard let done = receiver.take(bytes) else { return }
    openPieces += 1
    done.hop(to: loop.eventLoop).assumeIsolated().whenComplete { [self] _ in
      openPieces -= 1
      releaseRead()
    }
  }

  private func refuseTooLarge() {
    guard let arriving = incoming else { return }
    failBody(.tooLarge)
    takesInput = false
    enqueue(WaitingRequest(request: arriving.request.withoutBody, destination: tooLarge(), closes: true))
  }

  func receiveEnd() {
    guard let arriving = incoming else { return }
    incoming = nil
    if arriving.closes { takesInput = false }
    enqueue(WaitingRequest(request: arriving.request, destination: arriving.destination, closes: arriving.closes))
  }

  /// Takes no further input and tells the client why, after what is still to be answered.
  func refuse(_ refusal: HTTPRefusal, failure: BodyFailure, requestID: String? = nil) {
    guard takesInput else { return }
    if failure == .malformed { service.meters.malformed.increment() }
    let request = incoming?.request.withoutBody ?? HTTPRequest(method: "", target: "/", requestID: requestID ?? loop.ids.next(given: nil))
    failBody(failure)
    takesInput = false
    enqueue(WaitingRequest(request: request, destination: .refused(refusal), closes: true))
  }

  /// Gives up on the body that is arriving.
  func failBody(_ reason: BodyFailure) {
    guard let arriving = incoming else { return }
    incoming = nil
    arriving.engine?.bodyFailed(arriving.request.withoutBody, reason: reason)
  }

  /// The client may send its body when nothing else is to be answered first.
  func sendContinue() {
    guard current == nil, waiting.isEmpty, incoming?.owesContinue == true else { return }
    incoming?.owesContinue = false
    output.append(ByteBuffer(string: ResponseHead.carryOn))
  }

  private func tooLarge() -> Destination {
    service.meters.tooLarge.increment()
    return .refused(HTTPRefusal(status: 413, reason: "the body is over the limit"))
  }

  /// The answer to a client that asks too often.
  func overRate(_ request: HTTPRequest) -> Destination? {
    guard let admission = service.options.admission, let client = service.options.trustedProxies.countedName(of: request.remote),
      let wait = admission(client)
    else { return nil }
    service.meters.rateLimited.increment()
    return .refused(HTTPRefusal(status: 429, retryAfter: wait, closes: false))
  }

  /// Who answers a request and how long its body may be. `upgrade`: its head, when it wants a websocket.
  func destination(of request: HTTPRequest, upgrade: HTTPRequestHead?) -> (Destination, limit: Int) {
    let found = unlimitedDestination(of: request, upgrade: upgrade)
    if case .route(let route) = found.0, !route.isRateLimited { return found }
    if let refusal = overRate(request) { return (refusal, 0) }
    return found
  }

  /// The same, however often the client asks.
  private func unlimitedDestination(of request: HTTPRequest, upgrade: HTTPRequestHead?) -> (Destination, limit: Int) {
    if let answer = service.options.cors.preflight(request) { return (.fixed(answer), 0) }
    switch service.table.decide(path: request.path, query: request.query, wantsWebSocket: upgrade != nil) {
    case .refuse(let message): return (.fixed(.refusedUpgrade(message)), 0)
    case .webSocket:
      if let refusal = upgrade.flatMap(UpgradeFields.refusal) { return (.fixed(refusal), 0) }
      return (service.engine.map(Destination.upgrade) ?? .notFound, 0)
    case .polling:
      return (service.engine.map(Destination.engine) ?? .notFound, service.engine?.maxBody ?? 0)
    case .http: return route(request)
    }
  }

  /// A request with its correlation id and what is known of its client.
  func request(method: String, target: String, fields: HTTPFields) -> HTTPRequest {
    let proxies = service.options.trustedProxies
    let ours: Bool? = isSecure ? true : nil
    return HTTPRequest(
      method: method, target: target, fields: fields,
      remote: proxies.isEmpty ? peer : proxies.client(peer: peer, forwarded: fields.all("X-Forwarded-For")),
      requestID: loop.ids.next(given: fields.first("X-Request-Id")), isSecure: isSecure,
      isClientSecure: proxies.isEmpty ? ours : proxies.isSecure(peer: peer, forwarded: fields.first("X-Forwarded-Proto")) ?? ours)
  }

  private func route(_ request: HTTPRequest) -> (Destination, limit: Int) {
    switch service.routing.match(method: request.method, path: request.path) {
    case .route(let route): return (.route(route), route.maxBody)
    case .methodNotAllowed(let allow):
      // HEAD is GET without the body, unless a route says otherwise.
      if request.method == "HEAD", case .route(let route) = service.routing.match(method: "GET", path: request.path) {
        return (.route(route), route.maxBody)
      }
      return (.refused(HTTPRefusal(status: 405, allow: allow.joined(separator: ", "), closes: false)), 0)
    case .notFound: return (.notFound, 0)
    }
  }
}

extension Destination {
  fileprivate static let notFound = Destination.refused(HTTPRefusal(status: 404, closes: false))

  fileprivate var isFixed: Bool {
    switch self {
    case .fixed, .refused: true
    case .route, .engine, .upgrade: false
    }
  }
}

extension HTTPRequest {
  fileprivate var withoutBody: HTTPRequest {
    var copy = self
    copy.body = ByteBuffer()
    (copy.share, copy.receiver) = (nil, nil)
    return copy
  }
}

extension ByteBuffer {
  /// Appends without a copy when there was nothing yet.
  fileprivate mutating func append(_ bytes: inout ByteBuffer) {
    if readableBytes == 0 {
      self = bytes
    } else {
      writeImmutableBuffer(bytes)
    }
  }
}
