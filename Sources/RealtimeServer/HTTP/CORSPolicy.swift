/// Which web origins may use the server. Requests without `Origin` are no business of it.
public struct CORSPolicy: Sendable {
  /// The allowed origins.
  public enum Origins: Sendable {
    /// Exactly these, such as `https://app.example`; an empty set means the same origin only.
    case exact(Set<String>)
    /// Every origin. The request's own is echoed; never `*`, which browsers refuse together with credentials.
    case any
  }

  /// The allowed origins.
  public var origins: Origins
  /// Whether browsers may send cookies along.
  public var credentials: Bool

  /// A policy for these origins.
  public init(_ origins: Origins, credentials: Bool = true) {
    self.origins = origins
    self.credentials = credentials
  }

  /// The same origin only: no field is ever added.
  public static let sameOrigin = CORSPolicy(.exact([]))

  /// Whether `origin` is listed.
  public func lists(_ origin: String) -> Bool {
    switch origins {
    case .any: true
    case .exact(let set): set.contains(origin)
    }
  }

  /// Whether a request may be served at all: no origin (not a browser), a listed one, or the server's own by its `Host`, and by its scheme
  /// where that is known. A websocket is not covered by the browser's own check, so that the engine endpoint asks here.
  public func permits(origin: String?, host: String?, isSecure: Bool?) -> Bool {
    guard let origin else { return true }
    if lists(origin) { return true }
    guard let host, let mark = origin.firstRange(of: "://") else { return false }
    if let isSecure, origin[..<mark.lowerBound].lowercased() != (isSecure ? "https" : "http") { return false }
    return origin[mark.upperBound...].lowercased() == host.lowercased()
  }

  /// The fields every answer to a request with this origin carries, errors and the 101 included.
  public func fields(origin: String?) -> [(String, String)] {
    var fields: [(String, String)] = []
    if case .exact(let set) = origins, set.isEmpty { return fields }
    if let origin, lists(origin) {
      fields.append(("Access-Control-Allow-Origin", origin))
      if credentials { fields.append(("Access-Control-Allow-Credentials", "true")) }
    }
    fields.append(("Vary", "Origin"))
    return fields
  }

  /// The answer to a preflight from a listed origin, nil for every other request. `fields(origin:)` comes on top.
  public func preflight(_ request: HTTPRequest) -> HTTPResponse? {
    guard request.method == "OPTIONS", let origin = request.header("Origin"), lists(origin),
      request.header("Access-Control-Request-Method") != nil
    else { return nil }
    var fields = [("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")]
    if let asked = request.header("Access-Control-Request-Headers") {
      fields.append(("Access-Control-Allow-Headers", asked))
      fields.append(("Vary", "Access-Control-Request-Headers"))
    }
    var response = HTTPResponse(status: 204, headers: fields)
    response.isPreflight = true
    return response
  }
}
