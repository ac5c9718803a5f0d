/// Whether the channel and its numbers can send, from what the provider answers: says what changed, once.
struct Standings {
  /// What kept the token from use, and the digest of it; a token with another digest is worth a try.
  private struct Refusal {
    var digest: [UInt8]?
    var detail: String
    var probedMs: Int64
  }

  /// What others should learn.
  enum Change: Hashable {
    /// No number can send.
    case tokenRefused(detail: String)
    /// The token is another one, or works again.
    case tokenBack
    case stopped(account: String, detail: String)
    case paused(account: String, detail: String)
    case back(account: String)
  }

  /// While the token is refused, one request in this time finds out whether it still is.
  static let probeMs: Int64 = 1000

  private var refusal: Refusal?
  private var troubled: [String: Change] = [:]

  /// Whether the token is refused.
  var isTokenRefused: Bool { refusal != nil }

  /// What keeps the channel, or some of its numbers, from sending.
  struct Trouble: Hashable {
    let isDown: Bool
    let detail: String
  }

  /// How the channel is now; nil: well.
  var trouble: Trouble? {
    if let refusal { return Trouble(isDown: true, detail: refusal.detail) }
    guard troubled.isEmpty == false else { return nil }
    let details = troubled.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.detail)" }
    return Trouble(isDown: false, detail: details.joined(separator: "; "))
  }

  /// Whether a request may go out with this token. Many wait when it is refused, and one of them is enough to know.
  mutating func lets(digest: [UInt8]?, nowMs: Int64) -> Bool {
    guard let refusal, refusal.digest == digest, nowMs >= refusal.probedMs, nowMs - refusal.probedMs < Self.probeMs else {
      self.refusal?.probedMs = nowMs
      return true
    }
    return false
  }

  /// Learns from a verdict on a request that went out with this token.
  mutating func learn(_ verdict: Verdict, account: String, digest: [UInt8]?, nowMs: Int64) -> [Change] {
    switch verdict.standing {
    case .unsaid: return []
    case .fine:
      var changes: [Change] = []
      if refusal != nil {
        refusal = nil
        changes.append(.tokenBack)
      }
      if troubled.removeValue(forKey: account) != nil { changes.append(.back(account: account)) }
      return changes
    case .tokenRefused:
      let isNews = refusal == nil || refusal?.digest != digest
      refusal = Refusal(digest: digest, detail: verdict.detail, probedMs: nowMs)
      return isNews ? [.tokenRefused(detail: verdict.detail)] : []
    case .stopped: return trouble(.stopped(account: account, detail: verdict.detail), account)
    case .paused: return trouble(.paused(account: account, detail: verdict.detail), account)
    }
  }

  /// The token was read again: one that was replaced may work.
  mutating func look(digest: [UInt8]?) -> [Change] {
    guard let refusal, let digest, refusal.digest != digest else { return [] }
    self.refusal = nil
    return [.tokenBack]
  }

  private mutating func trouble(_ change: Change, _ account: String) -> [Change] {
    defer { troubled[account] = change }
    return troubled[account] == change ? [] : [change]
  }
}

extension Standings.Change {
  /// One line for a person.
  var detail: String {
    switch self {
    case .tokenRefused(let detail), .stopped(_, let detail), .paused(_, let detail): detail
    case .tokenBack: "the access token was replaced or works again"
    case .back: "sends again"
    }
  }
}
