import Logging
import NIOCore

/// What all connections of one listener share; immutable but for its counters.
final class ListenerService: Sendable {
  let options: ListenerOptions
  let routing: any HTTPRouting
  let engine: (any EngineEndpoint)?
  let table: UpgradeTable
  let limiter: ConnectionLimiter
  let bodies: BodyBudget
  let meters = ListenerMeters()
  let logger: Logger
  let loops: [ListenerLoop]

  init(options: ListenerOptions, routing: any HTTPRouting, engine: (any EngineEndpoint)?, group: any EventLoopGroup, logger: Logger) {
    self.options = options
    self.routing = routing
    self.engine = engine
    self.logger = logger
    table = UpgradeTable(paths: engine?.paths ?? [], namesTransport: engine?.namesTransport ?? true)
    limiter = ConnectionLimiter(total: options.limits.connections, perAddress: options.limits.connectionsPerAddress)
    bodies = BodyBudget(limit: options.limits.bodyBytes)
    loops = group.makeIterator().map { ListenerLoop(eventLoop: $0, options: options) }
  }

  /// The shared state of a loop of the listener's group.
  func loop(of eventLoop: any EventLoop) -> ListenerLoop? { loops.first { $0.eventLoop === eventLoop } }
}
