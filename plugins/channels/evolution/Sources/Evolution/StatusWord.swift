import HubModel
import OrderedJSON

/// The words and numbers for how far a message has come (reference 3.5).
enum StatusWord: String, Hashable {
  case failed, pending, sent, delivered, read, played
  /// Of a deletion, or of an edit.
  case deleted
  /// Of the server's storage.
  case edited

  /// Nil for a word that is not in the table.
  init?(_ word: String) {
    switch word.uppercased() {
    case "ERROR", "FAILED", "0": self = .failed
    case "PENDING", "1": self = .pending
    case "SERVER_ACK", "SENT", "2": self = .sent
    case "DELIVERY_ACK", "DELIVERED", "3": self = .delivered
    case "READ", "4": self = .read
    case "PLAYED", "5": self = .played
    case "DELETED": self = .deleted
    case "EDITED": self = .edited
    default: return nil
    }
  }

  /// The canonical status; nil for what is none.
  var status: MessageStatus? {
    switch self {
    case .failed: .failed
    case .pending: .pending
    case .sent: .sent
    case .delivered: .delivered
    case .read, .played: .read
    case .deleted, .edited: nil
    }
  }
}
