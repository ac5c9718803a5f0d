import HubPluginSDK

/// Whether the Graph API can be reached: says what changed, once.
struct Reach: Sendable {
  /// What others should learn.
  enum Change: Hashable, Sendable {
    case lost(reason: String)
    /// So many requests were in vain.
    case back(failures: Int)
  }

  private var failures = 0
  /// Why the last one was in vain; nil: it can be reached, as far as anybody knows.
  private(set) var reason: String?

  /// Learns from a request. One whose answer got lost says nothing: it may have been there.
  mutating func learn(_ answer: GraphAnswer) -> Change? {
    switch answer {
    case .answered:
      guard reason != nil else { return nil }
      defer { (failures, reason) = (0, nil) }
      return .back(failures: failures)
    case .failed(let failure):
      guard failure.wasWritten == false, failure.code == .failed || failure.code == .timeout else { return nil }
      failures += 1
      defer { reason = failure.description }
      return failures == 1 ? .lost(reason: failure.description) : nil
    }
  }
}
