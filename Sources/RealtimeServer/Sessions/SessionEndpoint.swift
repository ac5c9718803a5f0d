import EngineIO
import NIOCore

/// Gives requests on the engine paths to their sessions. A session's id names its loop, so that no directory is shared.
struct SessionEndpoint: EngineEndpoint {
  let loops: [LoopState]
  let options: RealtimeOptions
  private let limiter: SessionLimiter
  private let trustedProxies: TrustedProxies
  private let check: RequestCheck

  init(loops: [LoopState], options: RealtimeOptions, limiter: SessionLimiter, trustedProxies: TrustedProxies) {
    self.loops = loops
    self.options = options
    self.limiter = limiter
    self.trustedProxies = trustedProxies
    check = RequestCheck(transports: options.transports)
  }

  var paths: [String] { options.paths }
  var maxBody: Int { options.maxPayload }

  func bodyBegan(_ request: HTTPRequest) { onSession(postedBy: request) { $0.postBegan() } }

  func bodyFailed(_ request: HTTPRequest, reason: BodyFailure) { onSession(postedBy: request) { $0.postFailed(reason) } }

  func request(_ request: HTTPRequest, responder: HTTPResponder) {
    do throws(Refusal) {
      switch try judge(request, isUpgrade: false) {
      case .open: open(request, responder)
      case .session(let id, let transport): try serve(request, sessionID: id, transport, responder)
      }
    } catch {
      responder.respond(.refused(error.reason, message: error.message))
    }
  }

  func upgrade(_ request: HTTPRequest, answer: UpgradeAnswer) {
    do throws(Refusal) {
      switch try judge(request, isUpgrade: true) {
      case .open:
        guard let loop = loop(of: answer.eventLoop) else { throw Refusal(.badRequest) }
        if loop.isShuttingDown { return answer.refuse(.refusedUpgrade("Server shutting down")) }
        guard let place = place(for: request, on: loop) else { return answer.refuse(.tooManySessions(closes: true)) }
        answer.accept { connection in
          let session = open(.webSocket, request, place, on: loop)
          connection.send(WebSocketFrame.text(session.openPacket))
          session.attach(connection)
          return session
        }
      case .session(let id, _): try probe(sessionID: id, request, answer)
      }
    } catch {
      answer.refuse(.refusedUpgrade(error.message))
    }
  }

  // MARK: Opening

  private func open(_ request: HTTPRequest, _ responder: HTTPResponder) {
    // A connection of a loop that isn't the server's own is served by one that is.
    let loop = loop(of: responder.eventLoop) ?? loops[0]
    loop.run { loop in
      guard loop.isShuttingDown == false else { return responder.respond(HTTPResponse(status: 503)) }
      guard let place = place(for: request, on: loop) else { return responder.respond(.tooManySessions(closes: false)) }
      let session = open(.polling, request, place, on: loop)
      let cookie = options.cookie.map { [("Set-Cookie", "\($0)=\(session.key.text); Path=/; HttpOnly; SameSite=Lax")] } ?? []
      responder.respond(.payload(Array(session.openPacket.utf8), headers: cookie))
    }
  }

  /// Room for one more session; nil when there is none.
  private func place(for request: HTTPRequest, on loop: LoopState) -> SessionPlace? {
    let place = limiter.enter(trustedProxies.countedName(of: request.remote))
    if place == nil { loop.meters.refusedSessions.increment() }
    return place
  }

  private func open(_ transport: TransportKind, _ request: HTTPRequest, _ place: SessionPlace, on loop: LoopState) -> Session {
    let handshake = ClientHandshake(
      path: paths.first { request.path.utf8.starts(with: $0.utf8) } ?? request.path, query: request.query, remote: request.remote,
      origin: request.header("Origin"))
    return loop.open { Session(transport: transport, key: $0, handshake: handshake, place: place, loop: loop) }
  }

  // MARK: Live sessions

  private func serve(
    _ request: HTTPRequest, sessionID: String, _ transport: TransportKind, _ responder: HTTPResponder
  ) throws(Refusal) {
    guard let key = TableKey(text: sessionID.utf8), key.loop < loops.count else { throw Refusal(.sessionUnknown) }
    let home = loops[key.loop]
    if request.method == "GET" {
      responder.onAbort { home.run { $0.session(key)?.pollAborted(responder) } }
    }
    home.run { loop in
      guard let session = loop.session(key) else { return responder.respond(.refused(.sessionUnknown)) }
      switch request.method {
      case "GET" where transport == .polling: session.poll(responder)
      case "POST" where transport == .polling: session.post(request, responder)
      default: responder.respond(.refused(.badRequest))
      }
    }
  }

  private func probe(sessionID: String, _ request: HTTPRequest, _ answer: UpgradeAnswer) throws(Refusal) {
    guard let key = TableKey(text: sessionID.utf8), key.loop < loops.count else { throw Refusal(.sessionUnknown) }
    let home = loops[key.loop]
    let isHome = home.eventLoop === answer.eventLoop
    home.run { loop in
      guard loop.session(key) != nil else { return answer.refuse(.refusedUpgrade(RequestError.sessionUnknown.message)) }
      answer.accept { connection in
        if isHome, let session = loop.session(key) {
          if session.attachProbe(connection) == false { connection.close() }
          return session
        }
        let link = RemoteLink(connection, home: home)
        home.eventLoop.execute {
          guard let session = home.session(key), session.attachProbe(link) else { return link.close(code: nil) }
          link.attach(session)
        }
        return link
      }
    }
  }

  // MARK: Finding

  /// A refusal, with the application's own words if it has any.
  private struct Refusal: Error {
    let reason: RequestError
    let message: String

    init(_ reason: RequestError, message: String? = nil) {
      self.reason = reason
      self.message = message ?? reason.message
    }
  }

  private func judge(_ request: HTTPRequest, isUpgrade: Bool) throws(Refusal) -> RequestCheck.Outcome {
    let origin = request.header("Origin")
    var message: String?
    do throws(RequestError) {
      return try check.judge(
        RequestQuery(request.query), isGet: request.method == "GET", isUpgrade: isUpgrade,
        originIsLegal: origin?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ?? true,
        isAllowed: {
          guard options.cors.permits(origin: origin, host: request.header("Host"), isSecure: request.isClientSecure) else {
            return refuse(origin, request)
          }
          message = options.allowRequest?(request)
          return message == nil
        })
    } catch {
      throw Refusal(error, message: message)
    }
  }

  /// Always false.
  private func refuse(_ origin: String?, _ request: HTTPRequest) -> Bool {
    loops[0].meters.refusedOrigins.increment()
    if let origin { options.onRefusedOrigin?(origin, request.remote) }
    return false
  }

  /// A handful at most: looking through them is quicker than a table.
  private func loop(of eventLoop: any EventLoop) -> LoopState? { loops.first { $0.eventLoop === eventLoop } }

  /// Nothing for a post that will be refused without a word to its session.
  private func onSession(postedBy request: HTTPRequest, _ body: @escaping @Sendable (Session) -> Void) {
    guard request.method == "POST", case .session(let id, .polling)? = try? judge(request, isUpgrade: false),
      let key = TableKey(text: id.utf8), key.loop < loops.count
    else { return }
    loops[key.loop].run { loop in loop.session(key).map(body) }
  }
}

extension HTTPResponse {
  /// There is no room for another session.
  fileprivate static func tooManySessions(closes: Bool) -> HTTPResponse {
    HTTPResponse(
      status: 503, contentType: "application/json", headers: [("Retry-After", "5")], text: #"{"message":"Too many sessions"}"#,
      closes: closes)
  }
}
