package import CHubPlugin
package import OrderedJSON

/// What became of one attempt to send, or of marking messages as read.
public enum HubOutcome: Sendable, Hashable {
  /// What waits after `retry`.
  public enum Scope: String, Sendable {
    /// What else goes to this conversation, so that order is kept.
    case conversation
    /// Everything of the account.
    case account
  }

  /// The provider took it. `recipient`: the provider's own key or phone of who gets it, where the answer names it.
  case accepted(providerMessageID: String?, recipient: Recipient? = nil)
  /// It was surely not sent: again after that many milliseconds, or, when nil, by the hub's backoff.
  case retry(afterMilliseconds: Int64? = nil, scope: Scope = .conversation, code: String? = nil, text: String? = nil)
  /// Final: it is never sent as it is. The code is the provider's, or `unsupported`, `invalid`.
  case rejected(code: String, text: String)
  /// The answer was lost and the provider isn't idempotent: it may have been sent, and is repeated only on request.
  case unknown(code: String? = nil, text: String? = nil)
  /// Surely not sent, and nothing of the account can be until somebody acts, as with an expired token.
  case down(code: String? = nil, text: String? = nil)

  /// How the provider names who got the message.
  public struct Recipient: Sendable, Hashable {
    /// Digits; nil when not named.
    public var phone: String?
    /// The key of the conversation; nil when not named.
    public var key: String?

    /// A recipient as the provider names it.
    public init(phone: String? = nil, key: String? = nil) { (self.phone, self.key) = (phone, key) }
  }
}

extension HubOutcome {
  /// What the outcome is called, to the hub and in metrics: `accepted`, `retry`, `rejected`, `unknown`, `down`.
  public var word: String {
    switch self {
    case .accepted: HUB_OUTCOME_ACCEPTED
    case .retry: HUB_OUTCOME_RETRY
    case .rejected: HUB_OUTCOME_REJECTED
    case .unknown: HUB_OUTCOME_UNKNOWN
    case .down: HUB_OUTCOME_DOWN
    }
  }

  /// A failure of the adapter's as an outcome, by the rules of the ABI: what the channel can't do is rejected, `busy` is tried again, and of
  /// everything else nobody knows whether it was sent.
  package init(_ error: HubError) {
    self =
      switch error.code {
      case .unsupported: .rejected(code: "unsupported", text: error.message)
      case .invalid: .rejected(code: "invalid", text: error.message)
      case .busy: .retry(text: error.message)
      default: .unknown(code: "\(error.code)", text: error.message)
      }
  }

  /// The completion's body.
  package var json: JSONObject {
    var json = JSONObject()
    func put(_ name: String, _ text: String?) { if let text { json.append(name, .string(text)) } }
    put("outcome", word)
    switch self {
    case .accepted(let id, let recipient):
      put("providerMessageId", id)
      if let recipient {
        var named = JSONObject()
        if let phone = recipient.phone { named.append("phone", .string(phone)) }
        if let key = recipient.key { named.append("key", .string(key)) }
        json.append("recipient", .object(named))
      }
    case .retry(let after, let scope, let code, let text):
      if let after { json.append("retryAfterMs", .number(JSONNumber(after))) }
      if scope == .account { put("scope", scope.rawValue) }
      put("code", code)
      put("text", text)
    case .rejected(let code, let text):
      put("code", code)
      put("text", text)
    case .unknown(let code, let text):
      put("code", code)
      put("text", text)
    case .down(let code, let text):
      put("code", code)
      put("text", text)
    }
    return json
  }

  /// Reads a completion as the hub does.
  package init(status: hub_status, body: String) {
    guard status == hub_status.ok else { self = HubOutcome(HubError(status: status, body)); return }
    let json = (try? JSONValue(parsing: body)) ?? .null
    let (code, text) = (json["code"]?.string, json["text"]?.string)
    self =
      switch json["outcome"]?.string {
      case HUB_OUTCOME_ACCEPTED:
        .accepted(
          providerMessageID: json["providerMessageId"]?.string,
          recipient: json["recipient"].map { Recipient(phone: $0["phone"]?.string, key: $0["key"]?.string) })
      case HUB_OUTCOME_RETRY:
        .retry(
          afterMilliseconds: json["retryAfterMs"]?.int64, scope: json["scope"]?.string == "account" ? .account : .conversation, code: code,
          text: text)
      case HUB_OUTCOME_REJECTED: .rejected(code: code ?? HUB_OUTCOME_REJECTED, text: text ?? "")
      case HUB_OUTCOME_DOWN: .down(code: code, text: text)
      default: .unknown(code: code, text: text)
      }
  }
}

extension HubDelivery {
  /// Says what became of it.
  public func end(_ outcome: HubOutcome) {
    JSONValue.object(outcome.json).serialized().withHubStr { services.api.pointee.complete(services.host, token, hub_status.ok, $0) }
  }
}
