import CHubPlugin
public import OrderedJSON

/// Who is behind a request or a socket, verified by the hub.
public struct HubIdentity: Sendable {
  /// The isolation boundary.
  public let tenant: String
  /// The user; empty for an API key.
  public let user: String
  /// For example `stats`, `publish`.
  public let roles: [String]
  /// The verified claims; an empty object for an API key.
  public let claims: JSONValue

  init(_ raw: hub_identity) {
    tenant = raw.tenant.string
    user = raw.user.string
    roles = raw.roles.string.split(separator: " ").map(String.init)
    claims = (try? JSONValue(parsing: raw.claims_json.bytes)) ?? .object([:])
  }
}

/// A request to one of the adapter's routes. The body is complete.
public struct HubHTTPRequest: Sendable {
  /// The route given to `addRoute`.
  public let route: UInt32
  /// Upper case.
  public let method: String
  /// Path and query as received.
  public let target: String
  /// In the order received.
  public var headers: [(name: String, value: String)] { fields.all }
  /// The raw bytes.
  public let body: [UInt8]
  /// The client's address, after trusted proxies.
  public let remote: String
  /// Pass it on with every event this request leads to.
  public let cause: String
  /// Who asks; nil on a route without access control and for an anonymous caller of an optional one.
  public let identity: HubIdentity?
  private let fields: HeaderFields

  init(route: UInt32, _ raw: hub_http_message) {
    self.route = route
    method = raw.method.string
    target = raw.target.string
    fields = HeaderFields(UnsafeBufferPointer(start: raw.headers, count: raw.headers == nil ? 0 : Int(raw.n_headers)))
    body = raw.body.array
    remote = raw.remote.string
    cause = raw.cause.string
    identity = raw.identity.map { HubIdentity($0.pointee) }
  }

  /// The first header of that name, whatever its case.
  public func header(_ name: String) -> String? { values(of: name).first }

  /// The values of all headers of that name, whatever its case.
  public func values(of name: String) -> [String] { fields.values(of: name) }
}

/// An answer to a request. A refusal, 400 and above, without a body gets the hub's own (application/problem+json).
public struct HubHTTPResponse: Sendable {
  /// The status code.
  public var status: Int32
  /// Names and values; Content-Length is the hub's.
  public var headers: [(name: String, value: String)]
  /// The raw bytes.
  public var body: [UInt8]

  /// An answer.
  public init(status: Int32, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer in JSON.
  public static func json(_ value: JSONValue, status: Int32 = 200) -> HubHTTPResponse {
    HubHTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: value.serialized())
  }
}

extension HubHTTPResponse {
  fileprivate func lent<Result>(_ use: (hub_http_message) -> Result) -> Result {
    var message = hub_http_message()
    message.status = status
    return body.withHubStr { content in
      message.body = content
      if headers.isEmpty { return use(message) }
      var arena = TextArena()
      let slices = headers.map { (arena.add($0.name), arena.add($0.value)) }
      return arena.withPointers { pointer in
        let pairs = slices.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }
        return pairs.withUnsafeBufferPointer { pairs in
          message.n_headers = UInt32(pairs.count)
          message.headers = pairs.baseAddress
          return use(message)
        }
      }
    }
  }
}

/// Where the answer to one request goes; the second answer is ignored by the hub.
public struct HubHTTPResponder: Sendable {
  let services: HubServices
  let token: UInt64

  /// Answers, from any thread.
  public func respond(_ response: HubHTTPResponse) {
    guard let table = try? services.table("hub.http-route/1", as: hub_http_route_1.self) else { return }
    response.lent { message in withUnsafePointer(to: message) { table.pointee.respond(services.host, token, $0) } }
  }
}

/// An adapter with HTTP routes.
public protocol HubHTTPHandler: HubAdapter {
  /// A request to one of its routes. Must not block; `responder` is called once, now or later.
  func request(_ request: HubHTTPRequest, responder: HubHTTPResponder)
}

extension HubServices {
  /// Who may call a route.
  public enum Access: Int32, Sendable {
    /// Everybody; the adapter checks by itself.
    case none = 0
    /// Everybody; who brings a token or key is verified and known.
    case optional = 1
    /// Only who brings a valid token or key.
    case required = 2
  }

  /// Adds a route in `start`. The path must be claimed in the config.
  ///
  /// - Parameters:
  ///   - method: upper case, or `*` for all.
  ///   - role: what an API key must have; empty for none.
  ///   - route: comes back with each request.
  public func addRoute(_ method: String, _ path: String, access: Access, role: String = "", route: UInt32) throws {
    let table = try table("hub.http-route/1", as: hub_http_route_1.self)
    let status = method.withHubStr { method in
      path.withHubStr { path in role.withHubStr { table.pointee.add(host, method, path, access.rawValue, $0, route) } }
    }
    guard status == hub_status.ok else { throw HubError(status: status, "the route \(method) \(path) was refused") }
  }
}
