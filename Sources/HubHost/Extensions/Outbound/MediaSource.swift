public import NIOCore
internal import Synchronization

/// Where a medium comes from, as its channel says.
public enum MediaSource: Sendable {
  /// A request of the host's, whose answer is the medium, and what is known of that.
  case request(OutboundRequest, MediaFacts)
  /// Bytes at hand, and their type.
  case content(mimeType: String, ByteBuffer)
  /// There is none.
  case missing(MediaFailure)
}

/// What a channel knows of a medium before it comes.
public struct MediaFacts: Sendable, Hashable {
  /// Bytes.
  public let size: Int?
  /// Lower-case hexadecimal.
  public let sha256: String?

  /// Nil for a digest that is none.
  init?(size: Int64, sha256: String) {
    guard sha256.isEmpty || sha256.utf8.count == 64 && sha256.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
      return nil
    }
    self.size = size < 0 ? nil : Int(size)
    self.sha256 = sha256.isEmpty ? nil : sha256.lowercased()
  }
}

/// Why a medium can't be had.
public enum MediaFailure: String, Error, Sendable {
  /// The channel says there is none, or no more.
  case notFound = "not_found"
  /// The channel isn't there, has no media, or no answer in time.
  case unavailable
  /// What the channel asked for was refused, or failed.
  case failed
}

/// A medium that a channel was asked for.
struct PendingMedia: Sendable {
  let finish: @Sendable (MediaSource) -> Void
}
