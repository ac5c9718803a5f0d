import SocketIO

/// What a recoverable socket has on top of others. Confined to its session's loop.
final class SocketRecovery {
  /// What the client was told to ask with.
  let privateID: String
  /// Whose socket it is.
  var owner = ""
  /// The session that the client asks for, until it is let in.
  var claim: Claim?

  struct Claim {
    let session: LostSession
    let offset: String
  }

  init(privateID: String, claim: Claim? = nil) {
    self.privateID = privateID
    self.claim = claim
  }
}

extension DisconnectReason {
  /// Whether the client may get its socket back, as the reference server has it: nobody wanted the end, or it was not the client's
  /// doing alone. A reader that was too slow is one more that may.
  var isRecoverable: Bool {
    switch self {
    case .transportError, .transportClose, .forcedClose, .pingTimeout, .serverShuttingDown, .forcedServerClose, .slowConsumer: true
    case .parseError, .clientNamespaceDisconnect, .serverNamespaceDisconnect: false
    }
  }
}
