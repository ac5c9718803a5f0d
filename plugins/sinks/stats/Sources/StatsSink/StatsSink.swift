import HubModel
public import HubPluginSDK
public import OrderedJSON

/// Serves the number of connections, in total and by tenant (dialects.md section 3).
public final class StatsSink: HubHTTPHandler {
  /// Name, schema and needs.
  public static let descriptor = HubDescriptor(
    .sink, name: "stats", version: "1.0.0", summary: "GET /api/socket/stats: connections in total and by tenant",
    configSchema: StatsConfig.schema, needs: ["hub.http-route/1", "hub.stats/1"])

  private let config: StatsConfig
  private let services: HubServices

  /// Reads the configuration.
  public init(name: String, config: JSONValue, services: HubServices) throws {
    self.config = try StatsConfig(config)
    self.services = services
  }

  /// Adds the route.
  public func start() async throws {
    let access: HubServices.Access =
      switch config.access {
      case .token: .required
      case .totals: .optional
      case .open: .none
      }
    try services.addRoute("GET", config.path, access: access, route: 1)
    services.health(.ok)
  }

  /// Events are not its business.
  public let kinds: Set<String>? = []

  /// None is asked for.
  public func deliver(_ event: HubEvent, done: HubDelivery) { done.succeed() }

  /// Answers with what the caller may see.
  public func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    let identity = request.identity
    let isKey = identity?.claims.object?.isEmpty ?? false
    guard let view = StatsView(access: config.access, tenant: identity?.tenant, isKey: isKey, roles: identity?.roles ?? []) else {
      return responder.respond(Self.forbidden(request))
    }
    Task { [services] in
      do {
        var response = HubHTTPResponse.json(view.body(of: try await services.stats()))
        response.headers.append(("Cache-Control", "no-store"))
        responder.respond(response)
      } catch {
        responder.respond(HubHTTPResponse(status: 503, headers: [("Cache-Control", "no-store"), ("Retry-After", "1")]))
      }
    }
  }

  /// The hub's own form of a refusal (RFC 9457).
  private static func forbidden(_ request: HubHTTPRequest) -> HubHTTPResponse {
    let problem = Problem(
      .forbidden, detail: "the API key lacks the role stats", requestID: Cause(text: request.cause)?.correlationID)
    return HubHTTPResponse(
      status: Int32(problem.status), headers: [("Content-Type", Problem.contentType), ("Cache-Control", "no-store")], body: problem.body)
  }
}
