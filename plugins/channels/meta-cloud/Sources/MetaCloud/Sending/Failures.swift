import HubPluginSDK

/// How often each message was tried in vain, by what was in the way. The hub counts attempts whatever they came to, and a wait for a rate says nothing of
/// a file that gets lost again and again.
struct Failures: Sendable {
  /// What was in the way.
  enum Kind: Hashable, Sendable {
    /// Refused for a reason that Meta calls temporary.
    case temporary
    /// Too many messages to one recipient.
    case pairLimit
    /// A file, or the answer to it, got lost.
    case lostFile
  }

  /// Those of one message; what is not in it did not happen.
  typealias Counts = [Kind: Int]

  private struct Message {
    var counts: Counts = [:]
    let number: UInt64
  }

  /// Of so many messages; then the older half is forgotten, and begins anew.
  static let limit = 10_000

  private var messages: [String: Message] = [:]
  private var last: UInt64 = 0

  /// What happened to a message so far, by the hub's reference.
  func counts(of reference: String) -> Counts { messages[reference]?.counts ?? [:] }

  /// Learns what came of a request for a message.
  mutating func note(_ verdict: Verdict, _ stage: GraphStage, of reference: String) {
    switch verdict.outcome {
    case .retry:
      guard let failure = verdict.failure else { return }
      if messages[reference] == nil { add(reference) }
      messages[reference]?.counts[failure, default: 0] += 1
    case .accepted where stage != .message: break
    case .accepted, .rejected, .unknown: messages[reference] = nil
    case .down: break
    }
  }

  private mutating func add(_ reference: String) {
    if messages.count >= Self.limit {
      let middle = messages.values.map(\.number).sorted()[messages.count / 2]
      messages = messages.filter { $0.value.number > middle }
    }
    last += 1
    messages[reference] = Message(number: last)
  }
}
