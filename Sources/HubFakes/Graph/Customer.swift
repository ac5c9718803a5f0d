import OrderedJSON

/// Somebody who writes to the business.
struct Customer: Sendable, Equatable {
  /// What becomes of what is sent to them.
  enum Behaviour: String, Sendable, CaseIterable {
    /// It is delivered and read.
    case reads
    /// It is delivered; read receipts are off.
    case delivers
    /// Their phone is off.
    case offline
    /// The chat is open: nobody says `delivered`.
    case chatOpen
    /// Statuses come in the wrong order.
    case backwards
    /// No WhatsApp there any more.
    case unreachable

    var states: [String] {
      switch self {
      case .reads: ["sent", "delivered", "read"]
      case .delivers: ["sent", "delivered"]
      case .offline: ["sent"]
      case .chatOpen: ["sent", "read"]
      case .backwards: ["read", "delivered", "sent"]
      case .unreachable: []
      }
    }
  }

  var name: String?
  var behaviour = Behaviour.reads
}

/// What the control API was told that can't be done.
struct ControlProblem: Error {
  let text: String
}
