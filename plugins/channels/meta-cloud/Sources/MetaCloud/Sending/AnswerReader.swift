import HubPluginSDK
import OrderedJSON

/// Judges the answer to one request (reference "Errors"): by the error code where there is one, because status words vary.
struct AnswerReader: Sendable {
  /// How often what Meta itself calls temporary is tried.
  static let temporaryAttempts = 4
  /// How often a file that gets lost is sent.
  static let fileAttempts = 10
  /// A number under suspicion of spam.
  static let pauseMs: Int64 = 600_000
  /// A number in maintenance comes back within a minute.
  static let maintenanceMs: Int64 = 20_000
  private static let pairLimitMs: Int64 = 3_600_000

  let stage: GraphStage
  /// What was in the way of this message before.
  var failures: Failures.Counts = [:]
  /// Milliseconds since 1970.
  let nowMs: Int64

  func read(_ answer: GraphAnswer) -> Verdict {
    switch answer {
    case .failed(let failure): return failed(failure)
    case .answered(let status, let retryAfter, let body):
      let wait = retryAfter.flatMap { HubRetryAfter.milliseconds($0, nowMs: nowMs) }
      if (200...299).contains(status) { return accepted(body) }
      if let error = GraphError(body: body) { return refused(error, status: status, wait: wait) }
      return refused(status: status, wait: wait)
    }
  }

  private func failed(_ failure: HubHTTPFailure) -> Verdict {
    // What may have left means one thing for a message, another for a file.
    if failure.wasWritten { return lost(code: "no_answer", failure.description) }
    let outcome = HubOutcome(failure)
    return Verdict(outcome: outcome, standing: outcome.word == "down" ? .stopped : .unsaid)
  }

  // MARK: Taken

  private func accepted(_ body: [UInt8]) -> Verdict {
    let document = try? JSONValue(parsing: body)
    switch stage {
    case .upload:
      guard let id = document?.object?.identifier("id") else { return lost(code: "no_id", "the answer names no media id") }
      return Verdict(outcome: .accepted(providerMessageID: id))
    case .receipt: return Verdict(outcome: .accepted(providerMessageID: nil), standing: .fine)
    case .message:
      guard let message = document?.object?.objects("messages").first, let id = message.identifier("id") else {
        return lost(code: "no_id", "the answer names no message id")
      }
      let contact = document?.object?.objects("contacts").first.map { Person($0, phone: "wa_id", userID: "user_id") }
      let recipient = contact.flatMap { $0.key == nil ? nil : HubOutcome.Recipient(phone: $0.phone, key: $0.key) }
      let word = message.identifier("message_status")
      return Verdict(
        outcome: .accepted(providerMessageID: id, recipient: recipient), standing: .fine, held: word == "accepted" ? nil : word)
    }
  }

  // MARK: Refused

  private func refused(_ error: GraphError, status: Int, wait: Int64?) -> Verdict {
    guard let number = error.code else { return refused(status: status, wait: wait) }
    let (code, text) = (String(number), error.text)
    switch GraphErrorAction(code: number) {
    case .tokenRefused: return Verdict(outcome: .down(code: code, text: text), standing: .tokenRefused)
    case .stop: return Verdict(outcome: .down(code: code, text: text), standing: .stopped)
    case .pause: return retry(wait ?? Self.pauseMs, .account, code, text, standing: .paused)
    case .backOff: return retry(wait, .account, code, text)
    case .maintenance: return retry(wait ?? Self.maintenanceMs, .account, code, text)
    case .pairLimit: return retry(wait ?? pairWait, .conversation, code, text, after: .pairLimit)
    case .temporary: return temporary(code, text, status: status, wait: wait)
    case .never: return Verdict(outcome: .rejected(code: code, text: text))
    case nil where status == 429: return retry(wait, .account, code, text)
    case nil where status >= 500 || error.isTransient: return temporary(code, text, status: status, wait: wait)
    case nil: return Verdict(outcome: .rejected(code: code, text: text))
    }
  }

  /// An answer that is not the API's own, as of a proxy or a wrong address.
  private func refused(status: Int, wait: Int64?) -> Verdict {
    let (code, text) = ("http_\(status)", "the answer is \(status) without an error of the Graph API")
    switch status {
    case 429: return retry(wait, .account, code, text)
    case 408, 500...599: return lost(code: code, text, wait: wait)
    // Neither the message nor the number is at fault: whatever answers is not the Graph API.
    case 300...399, 401, 403, 404, 405, 407: return Verdict(outcome: .down(code: code, text: text), standing: .stopped)
    default: return Verdict(outcome: .rejected(code: code, text: text))
    }
  }

  /// Refused for a reason that Meta does not know. With 4xx nothing was done; 5xx may have come after the message was taken.
  private func temporary(_ code: String, _ text: String, status: Int, wait: Int64?) -> Verdict {
    if status >= 500 || stage == .receipt { return lost(code: code, text, wait: wait) }
    if isLast(.temporary, of: Self.temporaryAttempts) { return Verdict(outcome: .rejected(code: code, text: text)) }
    return retry(wait, .conversation, code, text, after: .temporary)
  }

  private func isLast(_ failure: Failures.Kind, of attempts: Int) -> Bool { failures[failure, default: 0] + 1 >= attempts }

  /// Nobody knows whether it was done.
  private func lost(code: String, _ text: String, wait: Int64? = nil) -> Verdict {
    switch stage {
    case .message: Verdict(outcome: .unknown(code: code, text: text))
    // It reaches nobody by itself, but one that never gets through must not hold up its conversation for ever.
    case .upload where isLast(.lostFile, of: Self.fileAttempts): Verdict(outcome: .rejected(code: code, text: text))
    case .upload: retry(wait, .conversation, code, text, after: .lostFile)
    // It would hold back the messages behind it, and is worth less than they are.
    case .receipt: Verdict(outcome: .rejected(code: code, text: text))
    }
  }

  private func retry(
    _ wait: Int64?, _ scope: HubOutcome.Scope, _ code: String, _ text: String, standing: Verdict.Standing = .unsaid,
    after failure: Failures.Kind? = nil
  ) -> Verdict {
    Verdict(outcome: .retry(afterMilliseconds: wait, scope: scope, code: code, text: text), standing: standing, failure: failure)
  }

  /// 4^n seconds, as Meta asks: 1, 4, 16 … up to an hour.
  private var pairWait: Int64 {
    (0..<failures[.pairLimit, default: 0]).reduce(1000) { wait, _ in min(wait * 4, Self.pairLimitMs) }
  }
}
