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
  /// Whether the client may want to come back: nobody asked for the end.
  var isRecoverable: Bool {
    switch self {
    case .transportError, .transportClose, .forcedClose, .pingTimeout, .forcedServerClose, .slowConsumer: true
    // What is in memory goes down with the server.
    case .serverShuttingDown: false
    case .parseError, .clientNamespaceDisconnect, .serverNamespaceDisconnect: false
    }
  }
}
