import HubPluginSDK
import OrderedJSON

/// What an answer of the server says of a send (the table of reference 4).
extension HubOutcome {
  /// What the server says while its own connection to WhatsApp is away: nothing was sent, and it will be once that is back.
  private static let connectionWords = [
    "connection closed", "connection lost", "connection terminated", "connection failure", "not connected", "disconnected",
  ]
  private static let reopenMs: Int64 = 10_000

  init(_ answer: HubHTTPResponse, namesMessage: Bool) {
    let body = (try? JSONValue(parsing: answer.body)) ?? .null
    let text = Self.text(of: body) ?? "the server answered \(answer.status)"
    switch answer.status {
    case 200..<300: self = Self.success(body, namesMessage: namesMessage)
    case 400 where Self.isAbsent(body): self = .rejected(code: "not_on_whatsapp", text: "the number is not on WhatsApp")
    case 400 where Self.isAway(text):
      self = .retry(afterMilliseconds: Self.reopenMs, scope: .account, code: "connection_closed", text: text)
    // WhatsApp did not answer the server: as with an answer that is lost, nobody knows.
    case 400 where text.lowercased().contains("timed out"): self = .unknown(code: "timed_out", text: text)
    case 401: self = .down(code: "unauthorized", text: text)
    case 404 where text.contains("instance"): self = .down(code: "no_instance", text: text)
    case 408, 500...: self = .unknown(code: "\(answer.status)", text: text)
    case 429:
      self = .retry(afterMilliseconds: answer.retryAfter, scope: .account, code: "429", text: text)
    default: self = .rejected(code: "\(answer.status)", text: text)
    }
  }

  private static func success(_ body: JSONValue, namesMessage: Bool) -> HubOutcome {
    guard namesMessage else { return .accepted(providerMessageID: nil) }
    // Some versions answer with a list.
    let key = (body[0] ?? body)["key"]?.object
    guard let id = key?.identifier("id") else { return .unknown(code: "no_id", text: "the server's answer names no message") }
    let person = Person([key?.identifier("remoteJid"), key?.identifier("remoteJidAlt")])
    return .accepted(providerMessageID: id, recipient: person.map { Recipient(phone: $0.phone, key: $0.key) })
  }

  private static func isAway(_ text: String) -> Bool {
    let text = text.lowercased()
    return connectionWords.contains { text.contains($0) }
  }

  /// `[{"jid": …, "exists": false, "number": …}]`
  private static func isAbsent(_ body: JSONValue) -> Bool {
    body["response"]?["message"]?.array?.contains { $0["exists"] == false } == true
  }

  /// What went wrong, in the server's words: a text, or texts in lists.
  private static func text(of body: JSONValue) -> String? {
    func texts(_ value: JSONValue?) -> [String] {
      switch value {
      case .string(let text)?: [text]
      case .array(let elements)?: elements.flatMap { texts($0) }
      default: []
      }
    }
    let found = texts(body["response"]?["message"]) + texts(body["message"])
    let words = found.isEmpty ? texts(body["error"]) : found
    return words.isEmpty ? nil : String(words.joined(separator: "; ").prefix(500))
  }
}
