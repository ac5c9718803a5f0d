public import Logging
public import NIOCore
public import UpstreamSocket

/// What the host asks of connections to Socket.IO servers, as one value.
public struct UpstreamPort: Sendable {
  /// Begins a connection that comes back until it is closed. What happens is told in order, on a thread that must not be blocked.
  public var open: @Sendable (_ options: UpstreamOptions, _ tell: @escaping @Sendable (UpstreamEvent) -> Void) -> UpstreamLine

  /// A port made of this function.
  public init(open: @escaping @Sendable (UpstreamOptions, @escaping @Sendable (UpstreamEvent) -> Void) -> UpstreamLine) {
    self.open = open
  }

  /// Real connections, on these event loops.
  public init(group: any EventLoopGroup, logger: Logger) {
    self.init { options, tell in
      let socket = UpstreamSocket(options: options, group: group, logger: logger, tell: tell)
      socket.start()
      return UpstreamLine(
        emit: { emit, answer in
          if let answer {
            socket.emit(emit.name, arguments: emit.arguments, attachments: emit.attachments, namespace: emit.namespace, answer: answer)
          } else {
            socket.send(
              emit.name, arguments: emit.arguments, attachments: emit.attachments, namespace: emit.namespace, outcome: emit.outcome)
          }
        }, acknowledge: { socket.acknowledge($0, arguments: $1) }, pause: { socket.pause() }, resume: { socket.resume() },
        close: { socket.cancel() })
    }
  }
}

/// One connection.
public struct UpstreamLine: Sendable {
  /// An event to be sent.
  public struct Emit: Sendable {
    /// The namespace, the event's name, and its arguments: the text of a JSON array.
    public var namespace, name: String
    /// The text of a JSON array.
    public var arguments: [UInt8]
    /// What the placeholders among the arguments stand for.
    public var attachments: [[UInt8]]
    /// Told what became of one that asks for no answer.
    public var outcome: @Sendable (UpstreamAnswer) -> Void
  }

  /// Sends an event; with a closure it asks for an answer.
  public var emit: @Sendable (Emit, (@Sendable (UpstreamAnswer) -> Void)?) -> Void
  /// Answers an event, with the text of a JSON array.
  public var acknowledge: @Sendable (UpstreamAck, [UInt8]) -> Void
  /// Reads nothing for a while.
  public var pause: @Sendable () -> Void
  /// Reads on.
  public var resume: @Sendable () -> Void
  /// Ends it.
  public var close: @Sendable () -> Void

  /// A line made of these functions.
  public init(
    emit: @escaping @Sendable (Emit, (@Sendable (UpstreamAnswer) -> Void)?) -> Void,
    acknowledge: @escaping @Sendable (UpstreamAck, [UInt8]) -> Void, pause: @escaping @Sendable () -> Void,
    resume: @escaping @Sendable () -> Void, close: @escaping @Sendable () -> Void
  ) {
    self.emit = emit
    self.acknowledge = acknowledge
    self.pause = pause
    self.resume = resume
    self.close = close
  }
}
