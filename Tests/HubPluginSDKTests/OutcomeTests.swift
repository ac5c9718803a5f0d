import HubPluginSDK
import Testing

@Suite("What a request without an answer says of a message")
struct OutcomeTests {
  private static let codes: [HubError.Code] = [.failed, .invalid, .unsupported, .closed, .denied, .busy, .timeout, .notFound]

  @Test("what may have left is unknown, whatever became of it, and tried again where that does no harm", arguments: OutcomeTests.codes)
  func written(_ code: HubError.Code) {
    let failure = HubHTTPFailure(code, wasWritten: true, "why")
    #expect(HubOutcome(failure) == .unknown(code: "no_answer", text: "why"))
    #expect(HubOutcome(failure, isIdempotent: true) == .retry(code: "no_answer", text: "why"))
  }

  @Test(
    "what did not leave is tried again, unless it would fail every time",
    arguments: [
      (.failed, .retry(code: "unreachable", text: "why")), (.timeout, .retry(code: "unreachable", text: "why")),
      (.closed, .retry(code: "unreachable", text: "why")), (.busy, .retry(code: "busy", text: "why")),
      (.denied, .rejected(code: "denied", text: "why")), (.invalid, .rejected(code: "invalid", text: "why")),
      (.notFound, .rejected(code: "invalid", text: "why")), (.unsupported, .down(code: "unsupported", text: "why")),
    ] as [(HubError.Code, HubOutcome)])
  func unwritten(_ code: HubError.Code, _ outcome: HubOutcome) {
    for isIdempotent in [false, true] {
      #expect(HubOutcome(HubHTTPFailure(code, wasWritten: false, "why"), isIdempotent: isIdempotent) == outcome)
    }
  }
}
