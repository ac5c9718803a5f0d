import Glibc
public import Logging
public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A bound socket and the connections accepted from it.
public final class HTTPListener: Sendable {
  /// Where it listens, with the real port.
  public let address: ListenAddress
  private let channel: any Channel
  private let service: ListenerService

  private init(address: ListenAddress, channel: any Channel, service: ListenerService) {
    self.address = address
    self.channel = channel
    self.service = service
  }

  /// What has been counted.
  public var counters: ListenerCounters { service.meters.read(open: service.limiter.open) }

  /// Binds and serves routes only. Throws what the system says when the address can't be had, and NIOSSL's errors for a bad
  /// certificate or key.
  public static func bind(
    _ address: ListenAddress, options: ListenerOptions = ListenerOptions(), routing: any HTTPRouting, group: any EventLoopGroup,
    logger: Logger
  ) async throws -> HTTPListener {
    try await bind(address, options: options, routing: routing, engine: nil, group: group, logger: logger)
  }

  /// Binds and serves routes and engine paths.
  static func bind(
    _ address: ListenAddress, options: ListenerOptions, routing: any HTTPRouting, engine: (any EngineEndpoint)?,
    group: any EventLoopGroup, logger: Logger
  ) async throws -> HTTPListener {
    let service = ListenerService(options: options, routing: routing, engine: engine, group: group, logger: logger)
    let tls = try options.tls?.makeContext()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: options.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // A crowd that comes at once is let in with fewer rounds of the loop.
      .serverChannelOption(.maxMessagesPerRead, value: 16)
      // Accepted sockets inherit it, which spares a system call for each.
      .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger, count: service.meters.countPause))
        }
      }
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try ConnectionSetup.run(channel, service: service, tls: tls) }
      }
    let channel =
      switch address {
      case .tcp(let host, let port): try await bootstrap.bind(host: host, port: port).get()
      case .unix(let path):
        try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: try UnixSocketFile.isStale(path)).get()
      case .descriptor(let descriptor): try await bootstrap.withBoundSocket(descriptor).get()
      }
    // What a client doesn't fetch is to be counted here; the kernel would take megabytes of it. Accepted sockets inherit it too.
    // Unix sockets lack the option, and hold little anyway.
    try? await channel.setOption(
      .tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: SocketOptionValue(max(options.webSocket.soft, 1 << 16))
    ).get()
    return HTTPListener(address: realAddress(address, channel), channel: channel, service: service)
  }

  private static func realAddress(_ asked: ListenAddress, _ channel: any Channel) -> ListenAddress {
    guard let local = channel.localAddress else { return asked }
    if let path = local.pathname, !path.isEmpty { return .unix(path: path) }
    guard let port = local.port else { return asked }
    if case .tcp(let host, _) = asked { return .tcp(host: host, port: port) }
    return .tcp(host: local.ipAddress ?? "", port: port)
  }

  /// Accepts no more; open connections go on.
  public func stopAccepting() async {
    try? await channel.close().get()
    if case .unix(let path) = address { unlink(path) }
  }

  /// Accepts no more, lets requests in flight end, and after this time closes what is left. Websockets are the engine's to close;
  /// those that remain are cut off at the deadline.
  public func shutdown(within grace: TimeAmount) async {
    await stopAccepting()
    let loops = service.loops
    let drained = loops.map { loop in loop.eventLoop.flatSubmit { loop.drain() } }
    let deadlines = loops.map { loop in loop.eventLoop.scheduleTask(in: grace) { loop.terminateAll() } }
    for future in drained { try? await future.get() }
    for deadline in deadlines { deadline.cancel() }
  }
}
