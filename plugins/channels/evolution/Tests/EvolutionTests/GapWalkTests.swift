import OrderedJSON
import Testing

@testable import Evolution

@Suite struct GapWalkTests {
  private static let gap = Attendance.Gap(instance: "a", fromMs: 1_700_000_000_000, toMs: 1_700_000_600_000)
  private static let empty: JSONValue = ["messages": ["pages": 0, "records": []]]

  @Test("a gap is asked for, stored, and done")
  func fills() throws {
    var walk = GapWalk(Self.gap)
    #expect(walk.question?["where"]?["messageTimestamp"]?["gte"] == "2023-11-14T22:13:20.000Z")
    let answer: JSONValue = ["messages": ["pages": 1, "records": [["n": 2], ["n": 1]]]]
    let stepFound = try walk.take(answer)
    let (records, upTo) = try #require(stepFound)
    #expect(records == [["n": 1], ["n": 2]] && upTo == Self.gap.toMs)
    walk.stored(2, rest: Self.gap)
    #expect(walk.question == nil && walk.found == 2)
  }

  @Test("failures wait longer and longer and are given up at the eighth in a row; what is stored is not asked for again")
  func fails() throws {
    var walk = GapWalk(Self.gap)
    #expect((0..<8).map { _ in walk.failed() } == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, nil])
    walk = GapWalk(Self.gap)
    for _ in 0..<7 { #expect(walk.failed() != nil) }
    _ = try walk.take(Self.empty)
    var rest = Self.gap
    rest.fromMs += 300_000
    walk.stored(0, rest: rest)
    #expect(walk.failed() == 1000, "what is stored ends the row")
    #expect(walk.question?["where"]?["messageTimestamp"]?["gte"] == "2023-11-14T22:18:20.000Z")
  }

  @Test("an answer of which nothing comes to be stored does not end the row: a server that fails at the second page is given up")
  func failsAtTheSecondPage() throws {
    var walk = GapWalk(Self.gap)
    let first: JSONValue = ["messages": ["pages": 2, "records": [["n": 1]]]]
    var waits: [Int64?] = []
    for _ in 0..<8 {
      #expect(walk.question?["page"] == 1)
      #expect(try walk.take(first) == nil)
      waits.append(walk.failed())
    }
    #expect(waits.last == .some(nil) && waits.dropLast().allSatisfy { $0 != nil })
  }

  @Test("what the hub has no room for is waited for, however often")
  func backpressure() {
    var walk = GapWalk(Self.gap)
    for _ in 0..<50 { #expect(walk.failed(counts: false) == 1000) }
    #expect(walk.failed() == 1000)
  }

  @Test("what is too long ago is cut off")
  func cuts() {
    #expect(Self.gap.cut(to: 600_000).old == nil && Self.gap.cut(to: 600_000).rest == Self.gap)
    let (old, rest) = Self.gap.cut(to: 200_000)
    #expect(old == .init(instance: "a", fromMs: Self.gap.fromMs, toMs: Self.gap.toMs - 200_000))
    #expect(rest == .init(instance: "a", fromMs: Self.gap.toMs - 200_000, toMs: Self.gap.toMs))
  }
}
