import Testing

@testable import MetaCloud

@Suite struct NoticesTests {
  @Test("a refusal is reported once a minute, each sort by itself")
  func refusals() {
    var notices = Notices()
    let times: [Int64] = [1000, 1001, 60_999, 61_000, 61_001]
    #expect(times.map { notices.reports(.badSignature, nowMs: $0) } == [true, false, false, true, false])
    let other = notices.reports(.unavailable, nowMs: 61_001)
    #expect(other)
  }

  @Test("a clock set back does not silence refusals")
  func clockSetBack() {
    var notices = Notices()
    let reports = [5_000_000, 1000, 1001].map { notices.reports(.unavailable, nowMs: $0) }
    #expect(reports == [true, true, false])
  }

  @Test("a name is news once, and a flood of names ends")
  func names() {
    var notices = Notices()
    let first = notices.news(in: [.field("a"), .status("a"), .field("a")])
    #expect(first == [.field("a"), .status("a")])
    let flood = notices.news(in: (0..<1000).map { .messageType("t\($0)") })
    #expect(flood.count == 254)
  }
}
