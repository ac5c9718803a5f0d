import HubModel
import Testing

@Suite struct MessageStatusTests {
  @Test(
    "a status never goes back",
    arguments: [(MessageStatus.read, .delivered), (.delivered, .sent), (.sent, .pending), (.sent, .unknown)]
      as [(MessageStatus, MessageStatus)])
  func neverBack(current: MessageStatus, next: MessageStatus) {
    #expect(current.advanced(by: next) == current)
    #expect(next.advanced(by: current) == current)
  }

  @Test("failed is final, except that a message which has arrived stays arrived")
  func failed() {
    #expect(MessageStatus.sent.advanced(by: .failed) == .failed)
    #expect(MessageStatus.failed.advanced(by: .sent) == .failed)
    #expect(MessageStatus.failed.advanced(by: .read) == .failed)
    #expect(MessageStatus.delivered.advanced(by: .failed) == .delivered)
    #expect(MessageStatus.read.advanced(by: .failed) == .read)
  }
}

@Suite struct PhoneNumberTests {
  @Test(
    "both spellings of one account are known",
    arguments: [
      ("+55 31 98888-7777", ["5531988887777", "553188887777"]), ("553188887777", ["553188887777", "5531988887777"]),
      ("553132221111", ["553132221111"]), ("5511991230001", ["5511991230001", "551191230001"]),
      ("525512345678", ["525512345678", "5215512345678"]),
      ("5491112345678", ["5491112345678", "541112345678"]), ("16505551234", ["16505551234"]),
    ])
  func variants(text: String, expected: [String]) {
    #expect(PhoneNumber(text)?.variants() == expected)
  }

  @Test("the ninth digit can be told to count")
  func ninthDigit() { #expect(PhoneNumber("5531988887777")?.variants(brazilNinthDigit: false) == ["5531988887777"]) }

  @Test("text without digits, or with too many, is no phone", arguments: ["", "abc", "1234567890123456"])
  func refused(text: String) { #expect(PhoneNumber(text) == nil) }
}

@Suite struct IdentifierTests {
  @Test("identifiers sort by time and have 26 characters")
  func order() {
    let early = ULID(milliseconds: 1_767_614_400_000).description
    let late = ULID(milliseconds: 1_767_614_400_001).description
    #expect(early.count == 26 && early < late)
    #expect(early.hasPrefix("01KE70EHG0"))
    #expect(IdentifierPrefix.message.make(milliseconds: 0).hasPrefix("msg_0000000000"))
  }

  @Test("a thousand made in one millisecond differ")
  func unique() { #expect(Set((0..<1000).map { _ in ULID(milliseconds: 5).description }).count == 1000) }
}

@Suite struct TimestampTests {
  @Test(
    "moments are written as ISO 8601 with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_767_614_400_123, "2026-01-05T12:00:00.123Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
      (Int64.min, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func spelling(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    var output = Array("at ".utf8)
    Timestamp(milliseconds: milliseconds).write(to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "at " + text)
  }
}

@Suite struct CauseTests {
  let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test("the one-text form is read back")
  func roundTrip() {
    let cause = Cause(correlationID: "req-1", traceparent: traceparent)
    #expect(Cause(text: cause.description) == cause)
    #expect(Cause(text: "req-1")?.traceparent == nil)
  }

  @Test(
    "a malformed traceparent is dropped, the id stays",
    arguments: [
      "01-x", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    ])
  func malformed(text: String) { #expect(Cause(text: "a \(text)") == Cause(correlationID: "a")) }

  @Test("an id with other than visible ASCII is refused", arguments: ["", " ", "é", String(repeating: "x", count: 129)])
  func badID(text: String) { #expect(Cause(text: text) == nil) }
}
