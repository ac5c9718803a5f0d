import Logging
import NIOCore

/// What all connections of one listener share; immutable but for its counters.
final class ListenerService: Sendable {
  let options: ListenerOptions
  let routing: any HTTPRouting
  let engine: (any EngineEndpoint)?
  let table: UpgradeTable
  let limiter: ConnectionLimiter
  let meters = ListenerMeters()
  let logger: Logger
  private let loops: [ObjectIdentifier: ListenerLoop]

  init(options: ListenerOptions, routing: any HTTPRouting, engine: (any EngineEndpoint)?, group: any EventLoopGroup, logger: Logger) {
    self.options = options
    self.routing = routing
    self.engine = engine
    self.logger = logger
    table = UpgradeTable(paths: engine?.paths ?? [], namesTransport: engine?.namesTransport ?? true)
    limiter = ConnectionLimiter(total: options.limits.connections, perAddress: options.limits.connectionsPerAddress)
    loops = Dictionary(
      group.makeIterator().map { (ObjectIdentifier($0), ListenerLoop(eventLoop: $0)) }, uniquingKeysWith: { first, _ in first })
  }

  var allLoops: some Collection<ListenerLoop> { loops.values }

  /// The shared state of a loop of the listener's group.
  func loop(of eventLoop: any EventLoop) -> ListenerLoop? { loops[ObjectIdentifier(eventLoop)] }
}
