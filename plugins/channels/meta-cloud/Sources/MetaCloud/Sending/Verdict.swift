import HubPluginSDK

/// What an answer means: for the message, and for the number it went through.
struct Verdict: Hashable, Sendable {
  /// What it says about the number.
  enum Standing: Hashable, Sendable {
    /// It can send.
    case fine
    /// The access token is refused, for every number.
    case tokenRefused
    /// It can't send until somebody acts.
    case stopped
    /// It waits, and somebody should know.
    case paused
    /// Nothing.
    case unsaid
  }

  let outcome: HubOutcome
  var standing = Standing.unsaid
  /// Of a template that Meta took and holds back: `held_for_quality_assessment`, `paused`.
  var held: String?
  /// What was in the way, where it matters how often it was.
  var failure: Failures.Kind?
}

extension Verdict {
  /// Code and text in one line.
  var detail: String { [code, text].compactMap(\.self).joined(separator: ": ") }

  /// The provider's code, or the channel's own word.
  var code: String? {
    switch outcome {
    case .accepted: nil
    case .retry(_, _, let code, _), .unknown(let code, _), .down(let code, _): code
    case .rejected(let code, _): code
    }
  }

  private var text: String? {
    switch outcome {
    case .accepted: nil
    case .retry(_, _, _, let text), .unknown(_, let text), .down(_, let text): text
    case .rejected(_, let text): text
    }
  }
}
