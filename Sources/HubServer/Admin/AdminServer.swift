internal import HubModel
internal import HubTelemetry
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// The admin listener, run as a service until graceful shutdown.
public struct AdminServer: Service {
  /// Why it can't be started.
  public enum ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Reachable from outside, and no token.
    case openWithoutToken(AdminAddress)
    /// Another process answers on the unix socket.
    case alreadyRunning(path: String)

    /// One sentence.
    public var description: String {
      switch self {
      case .openWithoutToken(let address): "admin.listen \(address) is reachable from outside: set admin.token or listen on loopback"
      case .alreadyRunning(let path): "another hub answers on \(path)"
      }
    }
  }

  private let address: AdminAddress
  private let responder: AdminResponder
  private let logger: Logger
  private let onListening: @Sendable (AdminAddress) -> Void

  /// A server for these routes.
  ///
  /// - Parameters:
  ///   - token: needed for everything but `/healthz`; nil only on loopback or a unix socket.
  ///   - onListening: called once with the address bound, the port filled in.
  /// - Throws: `openWithoutToken`.
  public init(
    address: AdminAddress, token: String?, routes: AdminRoutes, logger: Logger,
    onListening: @escaping @Sendable (AdminAddress) -> Void = { _ in }
  ) throws(ConfigurationError) {
    guard address.isLocal || token != nil else { throw .openWithoutToken(address) }
    self.address = address
    self.logger = logger
    self.onListening = onListening
    responder = AdminResponder(gate: AdminGate(token: token, address: address), routes: routes, logger: logger)
  }

  /// Listens until graceful shutdown or cancellation.
  ///
  /// - Throws: `alreadyRunning`, or the system's error when the address can't be bound.
  public func run() async throws {
    if case .unix(let path) = address, UnixProbe.isAnswered(path) { throw ConfigurationError.alreadyRunning(path: path) }
    // Hummingbird announces every listener at info; the hub says it itself.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .notice)
    let limits = HTTP1Channel.Configuration.DecoderConfiguration(
      maxHeaderFieldSize: 16_384, maxHeaderListSize: 16_384, maxHeaderFieldCount: 100)
    let application = Application(
      responder: responder, server: .http1(configuration: .init(idleTimeout: .seconds(30), httpDecoderConfiguration: limits)),
      configuration: .init(address: bindAddress, serverName: nil),
      onServerRunning: { [address, onListening] channel in onListening(address.bound(to: channel.localAddress?.port)) }, logger: quiet)
    try await application.run()
  }

  private var bindAddress: BindAddress {
    switch address {
    case .tcp(let host, let port): .hostname(host, port: port)
    case .unix(let path): .unixDomainSocket(path: path)
    }
  }
}

extension AdminAddress {
  fileprivate func bound(to port: Int?) -> AdminAddress {
    guard case .tcp(let host, _) = self, let port else { return self }
    return .tcp(host: host, port: port)
  }
}
