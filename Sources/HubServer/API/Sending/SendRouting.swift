internal import Crypto
public import HubAuth
internal import HubModel
internal import HubStore
public import HubTelemetry
internal import NIOCore
internal import OrderedJSON
public import RealtimeServer
internal import Synchronization

/// `POST /api/v1/messages`: takes a message in and answers it as pending. `POST /api/v1/conversations/{id}/read` and `/typing`: tell the provider
/// that a conversation was read, or that somebody types. Everything else is left to the routing behind.
public struct SendRouting: HTTPRouting {
  /// The path of messages.
  public static let path = "/api/v1/messages"
  private static let conversations = "/api/v1/conversations/"
  /// The largest body; what is larger is uploaded.
  private static let maxBody = 256 << 10

  private let endpoint: SendEndpoint
  private let next: any HTTPRouting

  /// The route before `next`.
  ///
  /// - Parameters:
  ///   - userRate: messages a second of one user; 0: any number.
  ///   - tenantRate: messages a second of one tenant; 0: any number.
  ///   - login: judges who asks.
  ///   - now: milliseconds of a clock that never goes back.
  public init(
    service: SendService, userRate: Int, tenantRate: Int, metrics: HubMetrics, login: Login, now: @escaping @Sendable () -> Int64,
    next: any HTTPRouting
  ) {
    endpoint = SendEndpoint(
      service: service, rates: SendRates(perUser: userRate, perTenant: tenantRate), metrics: metrics, login: login, now: now)
    self.next = next
  }

  /// Matches the path, or asks the routing behind.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    if path == Self.path {
      guard method == "POST" else { return .methodNotAllowed(allow: ["POST"]) }
      return .route(HTTPRoute(maxBody: Self.maxBody) { [endpoint] in endpoint.send($0, $1) })
    }
    guard let (conversation, act) = Self.conversation(at: path) else { return next.match(method: method, path: path) }
    guard method == "POST" else { return .methodNotAllowed(allow: ["POST"]) }
    return .route(
      HTTPRoute(maxBody: 1024) { [endpoint] request, responder in
        switch act {
        case .read: endpoint.markRead(conversation, request, responder)
        case .typing: endpoint.typing(conversation, request, responder)
        }
      })
  }

  private enum Act: String {
    case read, typing
  }

  /// The conversation and what is done to it; nil when it is another path.
  private static func conversation(at path: String) -> (id: String, Act)? {
    // Every request comes by here, webhooks above all.
    guard path.hasPrefix(conversations) else { return nil }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 6, !parts[4].isEmpty, let act = Act(rawValue: String(parts[5])) else { return nil }
    return (String(parts[4]), act)
  }
}

/// Judges the caller on the connection's loop.
private final class SendEndpoint: Sendable {
  private let service: SendService
  private let rates: SendRates
  private let metrics: HubMetrics
  private let login: Login
  private let now: @Sendable () -> Int64

  init(service: SendService, rates: SendRates, metrics: HubMetrics, login: Login, now: @escaping @Sendable () -> Int64) {
    (self.service, self.rates, self.metrics, self.login, self.now) = (service, rates, metrics, login, now)
  }

  func markRead(_ conversation: String, _ request: HTTPRequest, _ responder: HTTPResponder) {
    guard let sender = sender(request, responder) else { return }
    service.markRead(conversation, Array(request.body.readableBytesView), as: sender) {
      Self.answer($0, request, responder, success: 200)
    }
  }

  func typing(_ conversation: String, _ request: HTTPRequest, _ responder: HTTPResponder) {
    guard let sender = sender(request, responder) else { return }
    service.typing(conversation, Array(request.body.readableBytesView), as: sender) { Self.answer($0, request, responder, success: 202) }
  }

  func send(_ request: HTTPRequest, _ responder: HTTPResponder) {
    guard var sender = sender(request, responder) else { return }
    let body = Array(request.body.readableBytesView)
    do throws(MemberMistake) { sender.key = try Self.key(of: request, body) } catch {
      return responder.respond(
        .problem(Problem(.invalidMessage, detail: "\(error.member): \(error.reason)", mistakes: [error], requestID: request.requestID)))
    }
    service.send(body, as: sender) { Self.answer($0, request, responder, success: 202) }
  }

  /// Who asks; nil when he was refused already. What is read or typed goes to the provider like what is sent, and counts like it.
  private func sender(_ request: HTTPRequest, _ responder: HTTPResponder) -> SendService.Sender? {
    do throws(AuthFailure) {
      let identity = try login.identity(headers: request.headers, query: request.query)
      guard identity.roles.contains(.send) else {
        responder.respond(.problem(.forbidden, for: request))
        return nil
      }
      if let (scope, wait) = rates.refusal(of: identity, now: now()) {
        metrics.drops.with("send", scope).increment()
        responder.respond(.problem(.rateLimited, for: request, retryAfter: Int((wait + 999) / 1000)))
        return nil
      }
      var sender = SendService.Sender(tenant: identity.tenant)
      sender.mayUseAccount = { identity.mayUse(account: $0) }
      sender.mayUseConversation = { identity.mayUse(conversation: $0) }
      sender.isNarrowed = identity.conversations != nil
      sender.cause = Cause(correlationID: request.requestID, traceparent: request.header("traceparent")).description
      return sender
    } catch {
      responder.respond(.problem(error.problem, for: request))
      return nil
    }
  }

  private static func answer(_ answer: SendService.Answer, _ request: HTTPRequest, _ responder: HTTPResponder, success: Int) {
    switch answer {
    case .accepted(let json, let isRepeat):
      let headers = [("Cache-Control", "no-store")] + (isRepeat ? [("Idempotent-Replayed", "true")] : [])
      responder.respond(HTTPResponse(status: success, contentType: "application/json", headers: headers, bytes: json.serialized()))
    case .problem(let code, let detail, let mistakes, let retryAfter):
      responder.respond(
        .problem(Problem(code, detail: detail, mistakes: mistakes, requestID: request.requestID), retryAfter: retryAfter))
    }
  }

  /// `Idempotency-Key`, bare or quoted as a structured field, and what it came with.
  private static func key(of request: HTTPRequest, _ body: [UInt8]) throws(MemberMistake) -> OutboundSend.IdempotencyKey? {
    guard var text = request.header("Idempotency-Key") else { return nil }
    if text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") { text = String(text.dropFirst().dropLast()) }
    guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw MemberMistake("Idempotency-Key", "has not 1 to 255 printable ASCII characters")
    }
    return OutboundSend.IdempotencyKey(text, fingerprint: Array(SHA256.hash(data: body)))
  }
}

/// How many messages, marks and notices a second users and tenants may send.
private final class SendRates: Sendable {
  private let users, tenants: Mutex<RateLimiter>

  init(perUser: Int, perTenant: Int) {
    users = Mutex(RateLimiter(RateLimit(perSecond: Double(perUser))))
    tenants = Mutex(RateLimiter(RateLimit(perSecond: Double(perTenant))))
  }

  /// Whose limit is reached, and for how many milliseconds; nil lets the message pass. An API key is no user.
  func refusal(of identity: Identity, now: Int64) -> (scope: String, wait: Int64)? {
    if !identity.user.isEmpty {
      // The length keeps a tenant's name from running into the user's.
      let key = "\(identity.tenant.utf8.count):\(identity.tenant):\(identity.user)"
      if case .limited(let wait) = users.withLock({ $0.take(key, now: now) }) { return ("user_sends", wait) }
    }
    if case .limited(let wait) = tenants.withLock({ $0.take(identity.tenant, now: now) }) { return ("tenant_sends", wait) }
    return nil
  }
}
