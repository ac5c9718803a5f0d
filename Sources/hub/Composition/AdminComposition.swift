import Foundation
import HubConfig
import HubHost
import HubServer
import HubTelemetry
import Logging
import OrderedJSON

/// From `admin:` and `data:` of the configuration to the admin listener and the admin socket.
enum AdminComposition {
  static func servers(
    _ configuration: HubConfiguration, secrets: SecretResolver, readiness: Readiness, metrics: HubMetrics, host: PluginHost,
    feeds: [SinkFeed], outbox: OutboxRoutes, logger: Logger, stop: @escaping @Sendable () -> Void,
    onListening: @escaping @Sendable () -> Void
  ) throws -> (listener: AdminServer, socket: AdminServer) {
    let address: AdminAddress
    switch configuration.admin.listen {
    case .tcp(let host, let port): address = .tcp(host: host, port: port)
    case .unix(let path): address = .unix(path: configuration.resolve(path))
    case .systemd: throw CommandFailure(.configurationInvalid, "admin.listen cannot be systemd; name an address or a unix socket")
    }
    let token = try configuration.admin.token.map { String(decoding: try secrets.require($0, for: "admin.token"), as: UTF8.self) }
    let (node, data) = (configuration.node, DataFolder.absolute(configuration.dataFolder))
    let routes = AdminRoutes(
      readiness: readiness, metrics: metrics.registry,
      status: {
        [
          "node": .string(node), "version": .string(Hub.version), "data": .string(data),
          "pid": .number(JSONNumber(Int64(ProcessInfo.processInfo.processIdentifier))), "adapters": .array(host.statuses.map(\.json)),
          "sinks": .array(feeds.map { ["id": .string($0.sink), "lag": .number(JSONNumber(Int64($0.lag)))] }),
        ]
      }, stop: stop, outbox: outbox)
    return (
      try AdminServer(address: address, token: token, routes: routes, logger: logger) { _ in onListening() },
      AdminServer(socket: AdminSocket(folder: data), routes: routes, logger: logger) { _ in onListening() }
    )
  }
}

extension AdapterStatus {
  fileprivate var json: JSONValue {
    var members: JSONObject = [
      "id": .string(id), "plugin": .string(plugin), "kind": .string(kind.rawValue), "required": .bool(required),
      "state": .string(state.name),
    ]
    switch state {
    case .running(let health, let detail):
      members["health"] = .string(health.name)
      if !detail.isEmpty { members["detail"] = .string(detail) }
    case .retrying(_, let reason), .failed(let reason): members["detail"] = .string(reason)
    default: break
    }
    return .object(members)
  }
}
