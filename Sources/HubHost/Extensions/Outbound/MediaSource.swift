public import NIOCore
internal import Synchronization

/// Where a medium comes from, as its channel says.
public enum MediaSource: Sendable {
  /// A request of the host's, whose answer is the medium.
  case request(OutboundRequest)
  /// Bytes at hand, and their type.
  case content(mimeType: String, ByteBuffer)
  /// There is none.
  case missing(MediaFailure)
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
