internal import Glibc
internal import HubModel
internal import HubTelemetry
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import RealtimeServer
public import ServiceLifecycle
internal import Synchronization

/// The admin API on the admin listener or on the socket in the data folder, run as a service until graceful shutdown.
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

  /// Why nothing can be bound.
  public struct BindFailure: Error, CustomStringConvertible {
    /// Where.
    public let address: String
    /// What the system said.
    public let cause: any Error

    /// One sentence.
    public var description: String { "the admin API cannot be served on \(address): \(cause)" }
  }

  private enum Place {
    case listener(AdminAddress)
    /// A unix socket without a token: the file's mode is all that keeps others out.
    case ownSocket(AdminSocket)
    case socket(AdminSocket)
  }

  private let place: Place
  private let responder: AdminResponder
  private let logger: Logger
  private let onListening: @Sendable (AdminAddress) -> Void

  /// A server on the admin listener.
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
    if case .unix(let path) = address, token == nil { place = .ownSocket(AdminSocket(path: path)) } else { place = .listener(address) }
    self.logger = logger
    self.onListening = onListening
    responder = AdminResponder(gate: AdminGate(token: token, address: address), routes: routes, logger: logger)
  }

  /// A server on the socket of a data folder, which this process has to own.
  public init(socket: AdminSocket, routes: AdminRoutes, logger: Logger, onListening: @escaping @Sendable (AdminAddress) -> Void = { _ in })
  {
    place = .socket(socket)
    self.logger = logger
    self.onListening = onListening
    responder = AdminResponder(gate: AdminGate(), routes: routes, logger: logger)
  }

  /// Listens until graceful shutdown or cancellation.
  ///
  /// - Throws: `alreadyRunning`, `BindFailure`.
  public func run() async throws {
    switch place {
    case .listener(let address):
      if case .unix(let path) = address, UnixProbe.isAnswered(path) { throw ConfigurationError.alreadyRunning(path: path) }
      try await serve(on: address.bindAddress, named: address.description) { onListening(address.bound(to: $0)) }
    case .ownSocket(let socket):
      guard !socket.isAnswered else { throw ConfigurationError.alreadyRunning(path: socket.path) }
      let name = AdminAddress.unix(path: socket.path).description
      guard !socket.isBlocked else { throw BindFailure(address: name, cause: IOError(errnoCode: EADDRINUSE, reason: "bind")) }
      let nursery: String
      do { nursery = try socket.makeNursery() } catch {
        throw BindFailure(address: name, cause: IOError(errnoCode: error.number, reason: "mkdir"))
      }
      try await serve(socket, in: nursery, named: name, complaint: "no socket at admin.listen")
    case .socket(let socket):
      let complaint: Logger.Message = "no admin socket: hub status and hub stop will not find this hub"
      let nursery: String
      do { nursery = try socket.makeNursery() } catch {
        logger.error(complaint, metadata: ["reason": "\(error)"])
        onListening(.unix(path: socket.path))
        // The hub serves without it, and a service that returns would end it.
        return try await gracefulShutdown()
      }
      try await serve(socket, in: nursery, named: socket.path, complaint: complaint)
    }
  }

  private func serve(_ socket: AdminSocket, in nursery: String, named name: String, complaint: Logger.Message) async throws {
    defer { socket.remove() }
    try await serve(on: .unixDomainSocket(path: nursery), named: name) { _ in
      do { try socket.publish() } catch { logger.error(complaint, metadata: ["reason": "\(error)"]) }
      onListening(.unix(path: socket.path))
    }
  }

  private func serve(on address: BindAddress, named name: String, isUp: @escaping @Sendable (_ port: Int?) -> Void) async throws {
    let isListening = Atomic(false)
    let limits = HTTP1Channel.Configuration.DecoderConfiguration(
      maxHeaderFieldSize: 16_384, maxHeaderListSize: 16_384, maxHeaderFieldCount: 100)
    let application = Application(
      responder: responder, server: .http1(configuration: .init(idleTimeout: .seconds(30), httpDecoderConfiguration: limits)),
      configuration: .init(address: address, serverName: nil),
      onServerRunning: { channel in
        // Fails only when the listener is closed already.
        try? await AcceptPause.add(to: channel, logger: logger)
        isListening.store(true, ordering: .relaxed)
        isUp(channel.localAddress?.port)
      }, logger: ServerComplaints.logger(logger))
    do { try await application.run() } catch {
      throw isListening.load(ordering: .relaxed) || error is CancellationError ? error : BindFailure(address: name, cause: error)
    }
  }
}

extension AdminAddress {
  fileprivate var bindAddress: BindAddress {
    switch self {
    case .tcp(let host, let port): .hostname(host, port: port)
    case .unix(let path): .unixDomainSocket(path: path)
    }
  }

  fileprivate func bound(to port: Int?) -> AdminAddress {
    guard case .tcp(let host, _) = self, let port else { return self }
    return .tcp(host: host, port: port)
  }
}
