import HubModel

/// The types of ChatEngine in the canonical words.
enum MessageType: String {
  case text, image, video, audio, document, unsupported

  /// `file` is a document; what is not known stays a message, of type unsupported.
  init(_ word: String) {
    switch word {
    case "text": self = .text
    case "image": self = .image
    case "video": self = .video
    case "audio": self = .audio
    case "file": self = .document
    default: self = .unsupported
    }
  }

  /// Whether the content is what is written under an attachment.
  var isMedia: Bool { self != .text && self != .unsupported }
}

extension MessageStatus {
  /// ChatEngine's word: nil for one that is not of the contract.
  init?(chatEngine word: String) {
    switch word {
    case "pending": self = .pending
    case "sent": self = .sent
    case "delivered": self = .delivered
    case "read": self = .read
    case "failed": self = .failed
    default: return nil
    }
  }
}
