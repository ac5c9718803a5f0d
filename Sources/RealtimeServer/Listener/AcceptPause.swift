import Glibc
import NIOCore

/// Accepts nothing for a moment when the system has no descriptor or memory for one more connection; clients wait in the kernel's queue.
///
/// Of NIO's own handler only the next read is delayed. An accept that fails at once leaves the last read pending and the socket in the
/// selector, which reports it again without end.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private static let length = TimeAmount.milliseconds(250)

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let failure = error as? IOError else { return context.fireErrorCaught(error) }
    // A client that is gone again (ECONNABORTED) is no reason to keep others waiting.
    guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(failure.errnoCode) else { return context.fireErrorCaught(error) }
    let channel = context.channel
    // Fails only when the listener is closed, and so does the other.
    try? channel.syncOptions?.setOption(.autoRead, value: false)
    context.eventLoop.scheduleTask(in: Self.length) {
      _ = try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}
