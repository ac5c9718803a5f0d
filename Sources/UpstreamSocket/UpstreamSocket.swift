public import Logging
public import NIOCore

/// A Socket.IO v5 client over websocket. It stays connected until it is stopped: one connection at a time, reconnecting on its
/// schedule, each namespace asked again on its own while it is refused. Every method may be called from any thread; events are told in
/// order, on the client's event loop, which must not be blocked.
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

  /// The same, without waiting for it.
  public func cancel() { run { $0.stop() } }

  /// Takes nothing from the network until it is resumed: the server has to wait, and gives up when it takes too long. A new connection
  /// begins unpaused.
  public func pause() { hold(true) }

  /// Reads on.
  public func resume() { hold(false) }

  /// Sends an event that is answered. `arguments` is the text of a JSON array in which `{"_placeholder":true,"num":n}` stands for the
  /// attachment of that number.
  public func emit(
    _ name: String, arguments: [UInt8], attachments: [[UInt8]] = [], namespace: String = "/",
    answer: @escaping @Sendable (UpstreamAnswer) -> Void
  ) {
    let emit = UpstreamEmit(name: name, arguments: arguments, attachments: attachments, namespace: namespace)
    run { $0.emit(emit, answer: answer) }
  }

  /// Sends an event without asking for an answer; `outcome` is told whether it was handed to the connection.
  public func send(
    _ name: String, arguments: [UInt8], attachments: [[UInt8]] = [], namespace: String = "/",
    outcome: @escaping @Sendable (UpstreamAnswer) -> Void = { _ in }
  ) {
    let emit = UpstreamEmit(name: name, arguments: arguments, attachments: attachments, namespace: namespace, wantsAnswer: false)
    run { $0.emit(emit, answer: outcome) }
  }

  /// Answers an event that wanted it, if its namespace is still joined.
  public func acknowledge(_ ack: UpstreamAck, arguments: [UInt8], attachments: [[UInt8]] = []) {
    run { $0.acknowledge(ack, arguments: arguments, attachments: attachments) }
  }

  /// Never at once, not even on the event loop: the last call counts, wherever it was made.
  private func hold(_ isHeld: Bool) { eventLoop.execute { [core] in core.hold(isHeld) } }

  private func run(_ body: @escaping @Sendable (UpstreamCore) -> Void) {
    if eventLoop.inEventLoop {
      body(core)
    } else {
      eventLoop.execute { [core] in body(core) }
    }
  }
}
