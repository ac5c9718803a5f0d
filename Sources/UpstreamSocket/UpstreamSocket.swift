public import Logging
public import NIOCore

/// A Socket.IO v5 client over websocket. It stays connected until it is stopped: one connection at a time, reconnecting on its
/// schedule. Every method may be called from any thread; events are told in order, on the client's event loop, which must not be blocked.
public final class UpstreamSocket: Sendable {
  private let eventLoop: any EventLoop
  private let core: UpstreamCore

  /// A client that does nothing yet.
  public init(
    options: UpstreamOptions, group: any EventLoopGroup, logger: Logger, tell: @escaping @Sendable (UpstreamEvent) -> Void
  ) {
    eventLoop = group.next()
    core = UpstreamCore(options: options, eventLoop: eventLoop, logger: logger, tell: tell)
  }

  /// Connects, and goes on doing so.
  public func start() { run { $0.start() } }

  /// Ends the connection and all attempts; nothing is told afterwards but the end of what was open.
  public func stop() async {
    _ = try? await eventLoop.submit { [core] in core.stop() }.get()
  }

  /// Asks to join a namespace of the options (again), for instance after it refused.
  public func join(_ namespace: String) { run { $0.join(namespace) } }

  /// Sends an event. `arguments` is the text of a JSON array. Without `answer` nothing tells whether it was sent.
  public func emit(
    _ name: String, arguments: [UInt8], namespace: String = "/", answer: (@Sendable (UpstreamAnswer) -> Void)? = nil
  ) {
    run { $0.emit(name, arguments: arguments, namespace: namespace, answer: answer) }
  }

  /// Answers an event that wanted it. `arguments` is the text of a JSON array.
  public func acknowledge(_ id: UInt64, arguments: [UInt8], namespace: String = "/") {
    run { $0.acknowledge(id, arguments: arguments, namespace: namespace) }
  }

  private func run(_ body: @escaping @Sendable (UpstreamCore) -> Void) {
    if eventLoop.inEventLoop {
      body(core)
    } else {
      eventLoop.execute { [core] in body(core) }
    }
  }
}
