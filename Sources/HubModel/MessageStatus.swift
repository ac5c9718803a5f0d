/// How far a message has come. Statuses arrive in any order; the rank decides which one stands.
public enum MessageStatus: String, Sendable, Hashable, CaseIterable {
  /// Accepted by the hub, not yet by the provider.
  case pending
  /// The provider's answer was lost.
  case unknown
  /// Accepted by the provider.
  case sent
  /// On a device of the recipient.
  case delivered
  /// Seen by the recipient.
  case read
  /// Given up by the provider.
  case failed

  /// The status that stands after `next` arrives: ranks only rise; `failed` is final, unless the message had already arrived.
  public func advanced(by next: MessageStatus) -> MessageStatus {
    switch (self, next) {
    case (.failed, _): .failed
    case (.delivered, .failed), (.read, .failed): self
    case (_, .failed): .failed
    default: next.rank > rank ? next : self
    }
  }

  private var rank: Int {
    switch self {
    case .pending: 0
    case .unknown: 1
    case .sent: 2
    case .delivered: 3
    case .read: 4
    case .failed: 5
    }
  }
}
