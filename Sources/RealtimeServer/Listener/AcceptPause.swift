import Glibc
public import Logging
public import NIOCore

/// Accepts nothing for a moment when the system has no descriptor or memory for one more connection; clients wait in the kernel's queue.
///
/// Of NIO's own handler only the next read is delayed. An accept that fails at once leaves the last read pending and the socket in the
/// selector, which reports it again without end.
public final class AcceptPause: ChannelInboundHandler {
  /// What is accepted.
  public typealias InboundIn = any Channel

  /// What the system had none of.
  enum Cause {
    case descriptors
    case memory

    /// Nil for what goes wrong with a single client, as one that is gone again (ECONNABORTED): no reason to keep others waiting.
    init?(_ number: Int32) {
      switch number {
      case EMFILE, ENFILE: self = .descriptors
      case ENOBUFS, ENOMEM: self = .memory
      default: return nil
      }
    }
  }

  private static let length = TimeAmount.milliseconds(250)
  /// The log has one line of a listener in this time.
  private static let silence = TimeAmount.minutes(1)

  private let logger: Logger
  private let count: (Cause) -> Void
  private var silentUntil = NIODeadline.uptimeNanoseconds(0)

  init(logger: Logger, count: @escaping (Cause) -> Void) {
    self.logger = logger
    self.count = count
  }

  /// Puts one before all else in a listener's channel; nothing counts its pauses.
  public static func add(to channel: any Channel, logger: Logger) async throws {
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger) { _ in }, position: .first)
    }.get()
  }

  /// Pauses when that is the error.
  public func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let failure = error as? IOError, let cause = Cause(failure.errnoCode) else { return context.fireErrorCaught(error) }
    let channel = context.channel
    count(cause)
    tell(failure, channel)
    // Fails only when the listener is closed, and so does the other.
    try? channel.syncOptions?.setOption(.autoRead, value: false)
    context.eventLoop.scheduleTask(in: Self.length) {
      _ = try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }

  private func tell(_ failure: IOError, _ channel: any Channel) {
    let now = NIODeadline.now()
    guard now >= silentUntil else { return }
    silentUntil = now + Self.silence
    logger.error(
      "connections wait: the system has nothing left to accept them with",
      metadata: [
        "reason": .string(String(cString: strerror(failure.errnoCode)).lowercased()),
        "listener": .string(channel.localAddress?.description ?? ""),
      ])
  }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
