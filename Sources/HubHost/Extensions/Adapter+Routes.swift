internal import CHubPlugin
internal import Dispatch
internal import HubAuth
internal import HubModel
internal import HubTelemetry
internal import Logging
internal import NIOCore
internal import RealtimeServer
internal import Synchronization

extension Adapter {
  /// Bodies up to this size are handed over on the connection's event loop; parsing a larger one would hold up its other clients.
  static let inlineBody = 16 << 10

  /// Adds a route on a path that the adapter's config claims.
  func addRoute(method: String, path: String, access: Int32, role: String, route: UInt32) -> hub_status {
    guard let routes = services.routes else { return Status.unsupported }
    guard path.hasPrefix("/"), path.utf8.count <= 1024, !path.contains("?"),
      method == "*" || method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }),
      !method.isEmpty, let rule = AccessRule(access: access, role: role)
    else { return Status.invalid }
    guard spec.claims(path: path) else { return Status.denied }
    guard let table: hub_http_route_instance_1 = instanceExtension(HUB_EXT_HTTP_ROUTE) else { return Status.unsupported }
    // A provider sends for many from a few addresses, and what it signs the channel verifies.
    let isWebhook = spec.kind == .channel && rule.access == .none
    let entry = HTTPRoute(maxBody: spec.maxBody ?? description.maxBody, isRateLimited: !isWebhook) { [weak self] request, responder in
      guard let self else { return responder.respond(.problem(Problem(.stopping), retryAfter: 5)) }
      serve(request, rule: rule, route: route, table: table, on: responder.eventLoop) { responder.respond($0) }
    }
    do throws(PluginRoutes.Conflict) {
      try routes.add(entry, method: method, path: path, owner: spec.id)
      return Status.ok
    } catch {
      logger.error("route not added", metadata: ["path": "\(path)", "method": "\(method)", "reason": "\(error)"])
      return Status.busy
    }
  }

  /// Verifies who asks, then hands the request to the plugin. `answer` is called once.
  func serve(
    _ request: HTTPRequest, rule: AccessRule, route: UInt32, table: hub_http_route_instance_1, on loop: (any EventLoop)? = nil,
    answer: @escaping @Sendable (HTTPResponse) -> Void
  ) {
    let identity: Identity?
    do throws(Refused) {
      identity = try verify(request, rule: rule)
    } catch {
      return answer(.problem(error.problem))
    }
    let pending = PendingRequest(requestID: request.requestID, loop: loop, answer: answer)
    let token = expect(.request(pending), within: spec.deadlines.request)
    @Sendable func ask(_ instance: OpaquePointer) { request.lent(identity) { table.request?(instance, route, $0, token) } }
    @Sendable func handOver() {
      let isTaken = instance.map { instance in
        instance.callInline("request") { ask($1) } ?? instance.call("request") { ask($1) }
      }
      if isTaken != true, operations.withLock({ $0.giveUp(token) != nil }) { pending.fail(.closed) }
    }
    if request.body.readableBytes <= Self.inlineBody { handOver() } else { extensions.bodies.async { handOver() } }
  }

  /// The plugin answered a request.
  func respond(_ token: UInt64, _ raw: hub_http_message) {
    let operation = operations.withLock { table in
      table.take(token) { if case .request = $0 { true } else { false } }
    }
    guard case .request(let pending)? = operation else { return countStray(token) }
    guard (200...599).contains(raw.status), raw.n_headers <= 128, raw.headers != nil || raw.n_headers == 0 else {
      return pending.answer(.problem(Problem(.internalError, requestID: pending.requestID)))
    }
    let headers = UnsafeBufferPointer(start: raw.headers, count: Int(raw.n_headers)).map { ($0.name.text, $0.value.text) }
    let body = raw.body.len > 0 ? ByteBuffer(bytes: raw.body.bytes) : ByteBuffer()
    let response = HTTPResponse(status: Int(raw.status), headers: headers, body: body).explained(pending.requestID)
    extensions.completions.answers.add(on: pending.loop) { pending.answer(response) }
  }

  private func verify(_ request: HTTPRequest, rule: AccessRule) throws(Refused) -> Identity? {
    guard rule.access != .none else { return nil }
    let found: Identity
    do throws(AuthFailure) {
      let (login, headers, query) = (services.login, request.headers, request.query)
      if rule.access == .optional {
        guard let identity = try login.identityIfAny(headers: headers, query: query) else { return nil }
        found = identity
      } else {
        found = try login.identity(headers: headers, query: query)
      }
    } catch {
      throw Refused(problem: Problem(error.problem, requestID: request.requestID))
    }
    guard rule.role.map(found.roles.contains) ?? true else {
      throw Refused(problem: Problem(.forbidden, requestID: request.requestID))
    }
    return found
  }
}

private struct Refused: Error {
  let problem: Problem
}

/// Who may call a route.
struct AccessRule: Sendable, Hashable {
  enum Access: Int32, Sendable {
    case none = 0
    case optional = 1
    case required = 2
  }

  let access: Access
  let role: Role?

  /// Nil when the plugin asked for an access or role there is none of.
  init?(access: Int32, role: String) {
    guard let access = Access(rawValue: access) else { return nil }
    self.access = access
    guard !role.isEmpty else {
      self.role = nil
      return
    }
    guard access != .none, let known = Role(rawValue: role) else { return nil }
    self.role = known
  }
}

/// A request that a plugin has not answered yet.
struct PendingRequest: Sendable {
  let requestID: String
  /// Of the connection, when there is one.
  let loop: (any EventLoop)?
  let answer: @Sendable (HTTPResponse) -> Void

  func fail(_ reason: DeliveryAnswer) {
    switch reason {
    case .timedOut: answer(.problem(Problem(.adapterTimeout, requestID: requestID)))
    case .closed, .done, .refused: answer(.problem(Problem(.stopping, requestID: requestID), retryAfter: 5))
    }
  }
}

extension HTTPResponse {
  static func problem(_ problem: Problem, retryAfter: Int? = nil) -> HTTPResponse {
    var headers: [(String, String)] = []
    if problem.status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    if let retryAfter { headers.append(("Retry-After", "\(retryAfter)")) }
    return HTTPResponse(status: problem.status, contentType: Problem.contentType, headers: headers, bytes: problem.body)
  }
}

extension HTTPResponse {
  /// With the hub's own words where a plugin refuses without any.
  fileprivate func explained(_ requestID: String) -> HTTPResponse {
    guard status >= 400, body.readableBytes == 0, let code = ProblemCode.plain(status: status) else { return self }
    var response = self
    response.headers.removeAll { $0.0.lowercased() == "content-type" }
    response.headers.append(("Content-Type", Problem.contentType))
    response.body = ByteBuffer(bytes: Problem(code, requestID: requestID).body)
    return response
  }
}

extension HTTPRequest {
  /// Lends the request in the ABI's shape for the time of a call.
  fileprivate func lent(_ identity: Identity?, _ call: (UnsafePointer<hub_http_message>) -> Void) {
    var arena = ABIArena(capacity: 512)
    let (verb, place, peer, origin) = (arena.add(method), arena.add(target), arena.add(remote), arena.add(cause))
    let person = identity.map { LentIdentity($0, in: &arena) }
    arena.lend { lent in
      withFieldBytes { fields in
        fields.map { hub_pair(name: hub_str(lending: $0.name), value: hub_str(lending: $0.value)) }.withUnsafeBufferPointer { pairs in
          body.withUnsafeReadableBytes { bytes in
            var raw = hub_http_message()
            raw.method = lent(verb)
            raw.target = lent(place)
            raw.remote = lent(peer)
            raw.cause = lent(origin)
            raw.n_headers = UInt32(pairs.count)
            raw.headers = pairs.baseAddress
            raw.body = hub_str(lending: bytes)
            guard let person else { return withUnsafePointer(to: raw, call) }
            person.lend(lent) { who in
              raw.identity = who
              withUnsafePointer(to: raw, call)
            }
          }
        }
      }
    }
  }

  /// The correlation id, and the caller's trace context when it sent one.
  private var cause: String { Cause(correlationID: requestID, traceparent: header("traceparent")).description }
}
