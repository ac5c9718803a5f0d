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
    case .accepted: "accepted"
    case .retry: "retry"
    case .rejected: "rejected"
    case .unknown: "unknown"
    case .down: "down"
    }
  }

  /// Longer than a day no provider can mean.
  private static let longestWait = Duration.seconds(86_400)
  private static let maximumText = 1000

  /// `redact` takes secrets out of a text: providers repeat the key they were asked with, and the text goes to frontends.
  init(_ answer: DeliveryAnswer, redact: (String) -> String = { $0 }) {
    switch answer {
    case .done(let body): self = Self.read(body, redact)
    case .refused(let status, let reason):
      let text = Self.short(redact(reason))
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
  private static func read(_ body: [UInt8], _ redact: (String) -> String) -> ChannelOutcome {
    let json = (try? JSONValue(parsing: body, maxDepth: 16)) ?? .null
    let (code, text) = (short(redact(json["code"]?.string ?? "")), short(redact(json["text"]?.string ?? "")))
    switch json["outcome"]?.string {
    case "accepted":
      let id = json["providerMessageId"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 1024 ? nil : $0 }
      return .accepted(providerID: id, phone: json["recipient"]?["phone"]?.string)
    case "retry":
      let after = json["retryAfterMs"]?.int64.map { min(max(.milliseconds($0), .zero), longestWait) }
      return .retry(after: after, wholeAccount: json["scope"]?.string == "account", code: code, text: text)
    case "rejected": return .rejected(code: code.isEmpty ? "rejected" : code, text: text)
    case "down": return .down(code: code.isEmpty ? "down" : code, text: text)
    default: return .unknown(code: code.isEmpty ? "unknown" : code, text: text)
    }
  }

  private static func short(_ text: String) -> String { String(text.prefix(maximumText)) }
}
