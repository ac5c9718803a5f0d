import HubPluginSDK

/// The Graph API as the hub reaches it. The token is a handle that the hub replaces when the request goes out.
struct GraphClient: Sendable {
  private static let handleScheme = "secret://"

  private let services: HubServices
  private let base: String
  private let token: String?

  /// - Parameters:
  ///   - base: of the API, with its version.
  ///   - token: its handle; nil: none is configured.
  init(services: HubServices, base: String, token: String?) {
    (self.services, self.base, self.token) = (services, base, token)
  }

  /// Host and port, where one is written.
  var host: String {
    let rest = base.firstRange(of: "://").map { base[$0.upperBound...] } ?? base[...]
    return String(rest.prefix { $0 != "/" })
  }

  /// Whether there need not be a token: none is configured, or its handle says that it may be missing.
  var isTokenOptional: Bool { token.map { $0.hasPrefix(Self.handleScheme) && $0.hasSuffix("?") } ?? true }

  /// Tells one token from another; nil when there is none to read.
  func tokenDigest() async -> [UInt8]? {
    guard let token else { return nil }
    guard token.hasPrefix(Self.handleScheme) else { return Fingerprint.sha256(Array(token.utf8)) }
    guard let value = try? await services.secret(token), value.isEmpty == false else { return nil }
    return Fingerprint.sha256(value)
  }

  func send(_ request: GraphRequest, timeout: Duration, cause: String) async -> GraphAnswer {
    do {
      let answer = try await services.http.send(outbound(request, timeout: timeout, cause: cause))
      return .answered(status: Int(answer.status), retryAfter: answer.header("Retry-After"), body: answer.body)
    } catch {
      return .failed(error)
    }
  }

  /// The request for a file.
  ///
  /// - Parameter isForeign: whether the address is not the API's own.
  func file(at url: String, isForeign: Bool) -> HubOutboundRequest {
    var request = HubOutboundRequest("GET", url)
    request.headers = authorization
    request.isForeign = isForeign
    request.timeout = .seconds(300)
    return request
  }

  private var authorization: [(name: String, value: String)] { token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? [] }

  private func outbound(_ request: GraphRequest, timeout: Duration, cause: String) -> HubOutboundRequest {
    var outbound = HubOutboundRequest(request.method, request.url(base: base))
    outbound.headers = authorization + [(name: "Accept", value: "application/json")]
    if let contentType = request.contentType { outbound.headers.append((name: "Content-Type", value: contentType)) }
    outbound.parts = request.parts.map { part in
      switch part {
      case .bytes(let bytes): .bytes(bytes)
      case .upload(let id): .upload(id)
      }
    }
    outbound.timeout = timeout
    outbound.cause = cause
    return outbound
  }
}
