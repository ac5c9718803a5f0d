internal import CHubPlugin
internal import OrderedJSON

/// What a channel makes of an attempt, read from how its delivery ended (hub_plugin.h).
enum ChannelOutcome: Sendable, Hashable {
  case accepted(providerID: String?, phone: String?)
  /// Certainly not sent; `after` is the provider's wish.
  case retry(after: Duration?, wholeAccount: Bool, code: String, text: String)
  case rejected(code: String, text: String)
  case unknown(code: String, text: String)
  /// Certainly not sent, and nothing of the account can be.
  case down(code: String, text: String)

  /// The word in metrics.
  var word: String {
    switch self {
    case .accepted: HUB_OUTCOME_ACCEPTED
    case .retry: HUB_OUTCOME_RETRY
    case .rejected: HUB_OUTCOME_REJECTED
    case .unknown: HUB_OUTCOME_UNKNOWN
    case .down: HUB_OUTCOME_DOWN
    }
  }

  /// Longer than a day no provider can mean.
  private static let longestWait = Duration.seconds(86_400)
  private static let maximumText = 1000

  /// `redact` takes secrets out of a text that is kept: providers repeat the key they were asked with, and the text goes to frontends.
  init(_ answer: DeliveryAnswer, redact: (String) -> String = { $0 }) {
    func kept(_ text: String?) -> String {
      guard let text, !text.isEmpty else { return "" }
      return String(redact(text).prefix(Self.maximumText))
    }
    switch answer {
    case .done(let body): self = Self.read(body, kept)
    case .refused(let status, let reason):
      let text = kept(reason)
      self =
        switch status {
        case Status.unsupported: .rejected(code: "unsupported", text: text)
        case Status.invalid: .rejected(code: "invalid", text: text)
        case Status.busy: .retry(after: nil, wholeAccount: false, code: "busy", text: text)
        default: .unknown(code: "failed", text: text)
        }
    case .timedOut: self = .unknown(code: "timeout", text: "the channel did not answer in time")
    case .closed: self = .unknown(code: "closed", text: "the channel ended before it answered")
    }
  }

  /// A channel that answers without a word of these has said nothing of the message's fate.
  private static func read(_ body: [UInt8], _ kept: (String?) -> String) -> ChannelOutcome {
    let json = (try? JSONValue(parsing: body, maxDepth: 16)) ?? .null
    let word = json["outcome"]?.string
    if word == HUB_OUTCOME_ACCEPTED {
      let id = json["providerMessageId"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 1024 ? nil : $0 }
      return .accepted(providerID: id, phone: json["recipient"]?["phone"]?.string)
    }
    let (code, text) = (kept(json["code"]?.string), kept(json["text"]?.string))
    func coded(_ word: String) -> String { code.isEmpty ? word : code }
    switch word {
    case HUB_OUTCOME_RETRY:
      let after = json["retryAfterMs"]?.int64.map { min(max(.milliseconds($0), .zero), longestWait) }
      return .retry(after: after, wholeAccount: json["scope"]?.string == "account", code: code, text: text)
    case HUB_OUTCOME_REJECTED: return .rejected(code: coded(HUB_OUTCOME_REJECTED), text: text)
    case HUB_OUTCOME_DOWN: return .down(code: coded(HUB_OUTCOME_DOWN), text: text)
    default: return .unknown(code: coded(HUB_OUTCOME_UNKNOWN), text: text)
    }
  }
}
