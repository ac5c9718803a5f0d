import HubConfig
import HubModel
import HubServer
import HubTelemetry
import Logging
import NIOCore
import RealtimeServer

import struct RealtimeServer.CompressionOptions
// The class has its module's name, so that a type HubConfig has too can't be qualified: these imports say which one is meant.
import enum RealtimeServer.ListenAddress
import struct RealtimeServer.RealtimeOptions
import struct RealtimeServer.TLSOptions

/// From `server:`, `realtime:` and `limits:` of the configuration to what the realtime server listens with.
enum ListenerComposition {
  static func address(_ configuration: HubConfiguration, environment: [String: String]) throws -> ListenAddress {
    switch configuration.server.listen {
    case .tcp(let host, let port): return .tcp(host: host, port: port)
    case .unix(let path): return .unix(path: configuration.resolve(path))
    case .systemd:
      guard let socket = ActivatedSocket.inherited(environment: environment).first else {
        throw CommandFailure(.failure, "server.listen is systemd, but the service manager passed no socket (LISTEN_FDS)")
      }
      socket.closeOnExec()
      return .descriptor(socket.descriptor)
    }
  }

  static func realtimeOptions(_ configuration: HubConfiguration, logger: Logger) -> RealtimeOptions {
    var options = RealtimeOptions()
    options.paths = configuration.realtime.paths
    options.pingInterval = TimeAmount(configuration.realtime.pingInterval)
    options.pingTimeout = TimeAmount(configuration.realtime.pingTimeout)
    options.maxPayload = configuration.realtime.maxPayload.bytes
    if let compression = configuration.realtime.compression {
      options.pollCompression = compression.polls ? compression.threshold.bytes : nil
      if compression.webSockets {
        var webSockets = CompressionOptions()
        webSockets.threshold = compression.threshold.bytes
        options.compression = webSockets
      }
    }
    if configuration.realtime.recovery > .zero {
      var recovery = RecoveryOptions()
      recovery.duration = TimeAmount(configuration.realtime.recovery)
      options.recovery = recovery
    }
    options.eventsPerSecond = configuration.limits.perSocket.events
    options.sessions = configuration.limits.connections
    options.sessionsPerAddress = configuration.limits.perIP.connections
    let cors = configuration.server.cors
    options.cors = CORSPolicy(cors.origins.contains("*") ? .any : .exact(Set(cors.origins)), credentials: cors.credentials)
    // One key for all: origins are the caller's to choose.
    let refusals = LogLimiter(interval: 10_000)
    options.onRefusedOrigin = { origin, remote in
      refusals.log(
        logger, .warning, key: "", "origin refused: pages of another origin need an entry in server.cors.origins",
        ["origin": .string(String(origin.prefix(200))), "remote": .string(remote)])
    }
    return options
  }

  static func listenerOptions(_ configuration: HubConfiguration, secrets: SecretResolver) throws -> ListenerOptions {
    var options = ListenerOptions()
    options.limits.connections = Descriptors.connections(wanted: configuration.limits.connections)
    options.limits.connectionsPerAddress = configuration.limits.perIP.connections
    options.errorBody = { status, reason, requestID in
      let problem = Problem(ProblemCode(status: status), detail: reason, requestID: requestID)
      return (Problem.contentType, problem.body)
    }
    if configuration.limits.perIP.requests > 0 {
      let rates = RequestRates(perSecond: configuration.limits.perIP.requests)
      options.admission = { rates.delay(of: $0) }
    }
    if let proxies = TrustedProxies(configuration.server.trustedProxies.map(\.description)) { options.trustedProxies = proxies }
    if let tls = configuration.server.tls {
      let key = try secrets.require(tls.key, for: "server.tls.key")
      options.tls = TLSOptions(certificate: .file(configuration.resolve(tls.certificate)), key: .pem(key))
    }
    return options
  }

  /// Opens the listener; what is in its way is told in the words of the configuration.
  static func listen(
    _ realtime: RealtimeServer, _ configuration: HubConfiguration, secrets: SecretResolver, environment: [String: String],
    routing: any HTTPRouting, logger: Logger
  ) async throws -> HTTPListener {
    do {
      let options = try listenerOptions(configuration, secrets: secrets)
      if options.limits.connections < configuration.limits.connections {
        logger.warning(
          "fewer connections than configured: raise the limit of open files (LimitNOFILE=, ulimit -n) or lower limits.connections",
          metadata: [
            "connections": "\(options.limits.connections)", "configured": "\(configuration.limits.connections)",
            "files_needed": "\(configuration.limits.connections + Descriptors.reserve)",
          ])
      }
      return try await realtime.listen(on: address(configuration, environment: environment), options: options, routing: routing)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.failure, PlainWords.cannotListen(on: "\(configuration.server.listen)", key: "server.listen", error))
    }
  }

  /// How people write the address in a browser.
  static func url(of address: ListenAddress, tls: Bool) -> String {
    guard case .tcp = address else { return address.description }
    return "\(tls ? "https" : "http")://\(address)"
  }
}
