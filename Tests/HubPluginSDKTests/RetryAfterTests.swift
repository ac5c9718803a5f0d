import HubPluginSDK
import Testing

@Suite("The header Retry-After") struct RetryAfterTests {
  /// Monday, 5 January 2026, 16:20 UTC.
  private static let nowMs: Int64 = 1_767_630_000_000

  @Test(
    "seconds and dates are read, at most a day",
    arguments: [
      ("0", 0), ("7", 7000), (" 120", 120_000), ("86401", 86_400_000), ("99999999999999999999", 86_400_000),
      ("Mon, 05 Jan 2026 16:20:30 GMT", 30_000), ("Mon, 05 Jan 2026 16:19:00 GMT", 0), ("Sun, 28 Feb 2027 16:20:00 GMT", 86_400_000),
    ] as [(String, Int64)])
  func reads(_ text: String, _ milliseconds: Int64) { #expect(HubRetryAfter.milliseconds(text, nowMs: Self.nowMs) == milliseconds) }

  @Test(
    "anything else is no time",
    arguments: ["", "-1", "soon", "1.5", "Mon, 05 Foo 2026 16:20:30 GMT", "Mon, 05 Jan 2026 25:20:30 GMT", "5 s"])
  func refuses(_ text: String) { #expect(HubRetryAfter.milliseconds(text, nowMs: Self.nowMs) == nil) }

  @Test("the time of the example in RFC 9110 is right to the second")
  func exact() {
    #expect(HubRetryAfter.milliseconds("Sun, 06 Nov 1994 08:49:37 GMT", nowMs: 784_111_777_000 - 1000) == 1000)
  }
}
