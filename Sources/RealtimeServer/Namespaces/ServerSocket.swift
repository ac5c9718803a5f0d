import NIOCore
import SocketIO

/// One session's membership of one namespace.
final class ServerSocket: @unchecked Sendable {  // confined to its session's loop, but for the constants
  let id: SocketID
  /// Its place in the loop's table.
  let slot: UInt32
  let namespace: Namespace
  let session: Session
  /// Whether the application has let it in and it has not left.
  var isJoined = false
  var label = ""
  var context: (any Sendable)?
  var acks = AckTable<AckWaiter>()
  /// Present when the socket can be recovered.
  var recovery: SocketRecovery?

  init(id: SocketID, slot: UInt32, namespace: Namespace, session: Session) {
    self.id = id
    self.slot = slot
    self.namespace = namespace
    self.session = session
  }
}

/// Who waits for a client's answer.
struct AckWaiter {
  let answer: (AckOutcome) -> Void
}

/// How an emit that asked for an answer ended.
public enum AckOutcome: Sendable, Hashable {
  /// The client answered: the text of a JSON array, and binary attachments.
  case answered([UInt8], attachments: [[UInt8]])
  /// No answer came in time. One that still comes is ignored.
  case timedOut
  /// The socket was not there, or went before it answered.
  case disconnected
}
