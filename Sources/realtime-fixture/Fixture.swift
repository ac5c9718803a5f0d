import Logging
import NIOCore
import NIOPosix
import RealtimeServer

/// A server that listens.
struct RunningFixture: Sendable {
  private let listener: HTTPListener
  /// Nil in the modes without Socket.IO or Engine.IO.
  private let server: RealtimeServer?

  init(listener: HTTPListener, server: RealtimeServer? = nil) {
    self.listener = listener
    self.server = server
  }

  /// Where it listens.
  var address: ListenAddress { listener.address }

  /// Tells the clients to come back, and ends.
  func end() async {
    await server?.shutdown(drain: .milliseconds(200))
    await listener.shutdown(within: .milliseconds(500))
  }
}

/// Starts the server of each mode.
enum Fixture {
  /// Gives the server once it listens.
  static func start(_ arguments: FixtureArguments) async throws -> RunningFixture {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: arguments.loops ?? arguments.mode.loops ?? UsableCores.count)
    let address = ListenAddress.tcp(host: arguments.host, port: arguments.port)
    var logger = Logger(label: "realtime-fixture", factory: { StreamLogHandler.standardError(label: $0) })
    logger.logLevel = .error
    switch arguments.mode {
    case .echo:
      return RunningFixture(
        listener: try await HTTPListener.bindWebSockets(address, options: echoing(arguments), group: group, logger: logger) { $0 })
    case .httpEcho:
      return RunningFixture(
        listener: try await HTTPListener.bind(address, options: unlimited(), routing: EchoRoutes(), group: group, logger: logger))
    case .suiteEngine:
      let server = RealtimeServer(options: options(arguments), group: group, logger: logger, bare: { $0 })
      return RunningFixture(listener: try await server.listen(on: address, options: unlimited()), server: server)
    case .suiteSocket:
      let server = RealtimeServer(options: options(arguments), group: group, logger: logger)
      for name in ["/", "/custom"] { try server.addNamespace(name, handler: SuiteNamespace(server)) }
      return RunningFixture(listener: try await server.listen(on: address, options: unlimited()), server: server)
    case .fixture:
      let server = RealtimeServer(options: options(arguments), group: group, logger: logger)
      let tokens = arguments.secret.map { TokenCheck(secret: $0) }
      for name in ["/", "/whatsapp"] { try server.addNamespace(name, handler: FixtureNamespace(server, tokens: tokens)) }
      return RunningFixture(listener: try await server.listen(on: address, options: unlimited()), server: server)
    case .bench:
      let server = RealtimeServer(options: options(arguments), group: group, logger: logger)
      try server.addNamespace("/", handler: BenchNamespace(server))
      return RunningFixture(
        listener: try await server.listen(on: address, options: unlimited(), routing: BenchRoutes(server)), server: server)
    }
  }

  private static func options(_ arguments: FixtureArguments) -> RealtimeOptions {
    var options = RealtimeOptions()
    options.sessions = 0
    options.sessionsPerAddress = 0
    options.cors = CORSPolicy(.any)
    switch arguments.mode {
    case .suiteEngine, .suiteSocket:
      options.paths = [arguments.mode == .suiteEngine ? "/engine.io/" : "/socket.io/"]
      options.pingInterval = .milliseconds(300)
      options.pingTimeout = .milliseconds(200)
      options.connectTimeout = .milliseconds(1000)
    case .fixture:
      options.pingInterval = .milliseconds(1000)
      options.pingTimeout = .milliseconds(3000)
    case .echo, .httpEcho, .bench: break
    }
    if arguments.deflates { options.compression = CompressionOptions() }
    if arguments.recovers { options.recovery = RecoveryOptions() }
    if let interval = arguments.pingInterval { options.pingInterval = .milliseconds(interval) }
    if let timeout = arguments.pingTimeout { options.pingTimeout = .milliseconds(timeout) }
    return options
  }

  private static func unlimited() -> ListenerOptions {
    var options = ListenerOptions()
    options.limits.connections = 0
    options.limits.connectionsPerAddress = 0
    options.backlog = 4096
    return options
  }

  /// A message may be as long as the limit, and its echo must fit what may wait for the peer.
  private static func echoing(_ arguments: FixtureArguments) -> ListenerOptions {
    var options = unlimited()
    if arguments.deflates {
      // Short messages, too: what a suite sends is to come back compressed.
      var compression = CompressionOptions()
      compression.threshold = 0
      options.compression = compression
    }
    options.webSocket.message = 16 << 20
    options.webSocket.soft = 32 << 20
    options.webSocket.hard = 64 << 20
    return options
  }
}
