import NIOCore
import SocketIO

/// One session's membership of one namespace.
final class ServerSocket: @unchecked Sendable {  // confined to its session's loop, but for the constants
  let id: SocketID
  let namespace: Namespace
  let session: Session
  /// Whether the application has let it in and it has not left.
  var isJoined = false
  var label = ""
  var context: (any Sendable)?
  var acks = AckTable<AckWaiter>()

  init(id: SocketID, namespace: Namespace, session: Session) {
    self.id = id
    self.namespace = namespace
    self.session = session
  }

  var slot: UInt32 { UInt32(id.key.slot) }
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
