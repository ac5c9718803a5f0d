internal import HubAuth
internal import HubModel
internal import Synchronization

/// Who may ask the admin listener: decides by token, origin and host, and holds back who guesses.
final class AdminGate: Sendable {
  private enum Access {
    /// Who knows it may do everything.
    case token(String)
    /// Every user of the machine may ask, none may change anything.
    case questions
    /// The file system lets nobody in who may not do everything.
    case everything
  }

  private let access: Access
  private let isLoopback: Bool
  // Ten wrong tokens at once, then one in two seconds, per peer.
  private let guesses = Mutex(RateLimiter(RateLimit(perSecond: 0.5, seconds: 20), capacity: 1000))

  /// The gate of a listener.
  init(token: String?, address: AdminAddress) {
    if case .tcp = address { isLoopback = address.isLocal } else { isLoopback = false }
    access = token.map { .token($0) } ?? (isLoopback ? .questions : .everything)
  }

  /// The gate of the socket in the data folder.
  init() {
    isLoopback = false
    access = .everything
  }

  /// Why a request is refused; nil lets it pass.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  func refusal(_ request: AdminRequest, now: Int64) -> AdminAnswer? {
    if let answer = browserRefusal(request) { return answer }
    switch access {
    case .everything: return nil
    case .questions:
      // The outbox tells of people.
      if request.method == "GET" || request.method == "HEAD", !request.path.hasPrefix(OutboxRoutes.path) { return nil }
      return .problem(
        .forbidden, "without admin.token only the admin socket in the data folder takes commands and shows the outbox", for: request)
    case .token(let token): return request.path == "/healthz" ? nil : refusal(request, token: token, now: now)
    }
  }

  private func refusal(_ request: AdminRequest, token: String, now: Int64) -> AdminAnswer? {
    guard guesses.withLock({ $0.level(of: request.remote, now: now) }) >= 1 else {
      var answer = AdminAnswer.problem(.rateLimited, for: request)
      answer.headers = [("Retry-After", "2")]
      return answer
    }
    guard case .bearer(let given)? = try? CredentialRules().credential(headers: request.headers), !given.isEmpty else {
      return challenge(.authMissing, request)
    }
    guard ConstantTime.equalDigests(given, token) else {
      _ = guesses.withLock { $0.take(request.remote, now: now) }
      return challenge(.authInvalid, request)
    }
    return nil
  }

  /// A page in the operator's browser can reach loopback addresses: by a form, or by a name of its own that resolves to one.
  private func browserRefusal(_ request: AdminRequest) -> AdminAnswer? {
    let host = request.header("host")
    if isLoopback, let host, !AdminAddress.isLoopback(Self.name(ofHost: host)) {
      return .problem(.badRequest, "Host must be a loopback address", for: request)
    }
    return PageOrigin.isForeign(request.header("origin"), host: host) ? .problem(.originRefused, for: request) : nil
  }

  private func challenge(_ code: ProblemCode, _ request: AdminRequest) -> AdminAnswer {
    var answer = AdminAnswer.problem(code, for: request)
    answer.headers = [("WWW-Authenticate", "Bearer")]
    return answer
  }

  private static func name(ofHost host: String) -> String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[host.index(after: host.startIndex)..<end]) }
    return String(host.prefix { $0 != ":" })
  }
}
