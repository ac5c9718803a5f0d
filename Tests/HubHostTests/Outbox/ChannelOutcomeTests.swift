import Testing

@testable import HubHost

@Suite("What a channel makes of an attempt")
struct ChannelOutcomeTests {
  private func read(_ body: String) -> ChannelOutcome { ChannelOutcome(.done(body: Array(body.utf8))) }

  @Test("outcomes are read as they are meant")
  func words() {
    #expect(
      read(#"{"outcome":"accepted","providerMessageId":"w1","recipient":{"phone":"55"}}"#) == .accepted(providerID: "w1", phone: "55"))
    #expect(read(#"{"outcome":"accepted","providerMessageId":""}"#) == .accepted(providerID: nil, phone: nil))
    #expect(
      read(#"{"outcome":"retry","retryAfterMs":1500,"scope":"account","code":"130429","text":"slow"}"#)
        == .retry(after: .milliseconds(1500), wholeAccount: true, code: "130429", text: "slow"))
    #expect(read(#"{"outcome":"retry","retryAfterMs":-5}"#) == .retry(after: .zero, wholeAccount: false, code: "", text: ""))
    #expect(
      read(#"{"outcome":"retry","retryAfterMs":999999999999}"#) == .retry(after: .seconds(86_400), wholeAccount: false, code: "", text: ""))
    #expect(read(#"{"outcome":"rejected"}"#) == .rejected(code: "rejected", text: ""))
    #expect(read(#"{"outcome":"down","code":"190","text":"t"}"#) == .down(code: "190", text: "t"))
    #expect(read(#"{"outcome":"unknown","code":"x"}"#) == .unknown(code: "x", text: ""))
  }

  @Test(
    "what says nothing of the fate leaves it unknown", arguments: ["", "[]", "null", #"{"outcome":"maybe"}"#, "id-7", #"{"outcome":7}"#])
  func nothing(body: String) { #expect(read(body) == .unknown(code: "unknown", text: "")) }

  @Test("a status without words is read by the rules of the header")
  func statuses() {
    #expect(ChannelOutcome(.refused(status: Status.unsupported, reason: "no polls")) == .rejected(code: "unsupported", text: "no polls"))
    #expect(ChannelOutcome(.refused(status: Status.invalid, reason: "r")) == .rejected(code: "invalid", text: "r"))
    #expect(ChannelOutcome(.refused(status: Status.busy, reason: "r")) == .retry(after: nil, wholeAccount: false, code: "busy", text: "r"))
    for status in [Status.failed, Status.closed, Status.denied, Status.timeout, Status.notFound, 99] {
      #expect(ChannelOutcome(.refused(status: status, reason: "r")) == .unknown(code: "failed", text: "r"))
    }
    #expect(ChannelOutcome(.timedOut).word == "unknown" && ChannelOutcome(.closed).word == "unknown")
  }

  @Test("a provider that repeats the key it was asked with does not get it into what frontends are told")
  func redaction() {
    let redact = { (text: String) in text.replacing("EAAG-key", with: "[redacted]") }
    let body = Array(#"{"outcome":"down","code":"EAAG-key","text":"Malformed access token EAAG-key"}"#.utf8)
    #expect(ChannelOutcome(.done(body: body), redact: redact) == .down(code: "[redacted]", text: "Malformed access token [redacted]"))
    #expect(
      ChannelOutcome(.refused(status: Status.busy, reason: "EAAG-key"), redact: redact)
        == .retry(after: nil, wholeAccount: false, code: "busy", text: "[redacted]"))
  }

  @Test("only what is kept of an answer goes through the redactor")
  func sparing() {
    func redacted(_ answer: DeliveryAnswer) -> [String] {
      var texts: [String] = []
      _ = ChannelOutcome(answer) { text in
        texts.append(text)
        return text
      }
      return texts
    }
    func done(_ body: String) -> DeliveryAnswer { .done(body: Array(body.utf8)) }
    #expect(redacted(done(#"{"outcome":"accepted","providerMessageId":"w1","code":"200","text":"thanks"}"#)) == [])
    #expect(redacted(done(#"{"outcome":"retry","code":"","retryAfterMs":5}"#)) == [])
    #expect(redacted(done(#"{"outcome":"rejected","text":"no"}"#)) == ["no"])
    #expect(redacted(done(#"{"outcome":"unknown","code":"x","text":"lost"}"#)) == ["x", "lost"])
    #expect(redacted(.refused(status: Status.busy, reason: "")) == [])
    #expect(redacted(.timedOut) == [])
  }
}
