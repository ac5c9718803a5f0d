import HubTesting
import Testing

@testable import Evolution

@Suite struct AttendanceTests {
  private static let minute = Attendance.overlapMs

  @Test("who is new has missed nothing; who comes back has missed the time away, and a minute more for the clocks")
  func comesBack() {
    var attendance = Attendance()
    #expect(attendance.arrive("a", nowMs: 1_000_000) == nil)
    #expect(attendance.arrive("a", nowMs: 1_100_000) == nil, "it is there already")
    attendance.leave("a", nowMs: 2_000_000)
    let gap = Attendance.Gap(instance: "a", fromMs: 2_000_000 - Self.minute, toMs: 5_000_000)
    #expect(attendance.arrive("a", nowMs: 5_000_000) == gap)
    #expect(attendance.isOpen(gap))
    #expect(attendance.close(gap, nowMs: 5_100_000) == nil && attendance.isOpen(gap) == false)
  }

  @Test("who is waited for has missed what lies between, also over a restart; what an earlier run kept goes before")
  func waitedFor() {
    var attendance = Attendance()
    attendance.restore("b", completeMs: 500_000)
    for name in ["a", "b"] { attendance.expect(name, nowMs: 1_000_000) }
    #expect(attendance.unsaved(nowMs: 1_200_000).map { "\($0.instance) \($0.completeMs)" } == ["a 1000000"])
    #expect(attendance.arrive("a", nowMs: 3_000_000) == .init(instance: "a", fromMs: 1_000_000 - Self.minute, toMs: 3_000_000))
    #expect(attendance.arrive("b", nowMs: 3_000_000) == .init(instance: "b", fromMs: 500_000 - Self.minute, toMs: 3_000_000))
  }

  @Test("a gap that wasn't filled when the connection went is still there when it comes back, as far as it wasn't")
  func keepsGap() throws {
    var attendance = Attendance()
    attendance.restore("a", completeMs: 1_000_000)
    let gapFound = attendance.arrive("a", nowMs: 5_000_000)
    let gap = try #require(gapFound)
    #expect(gap.fromMs == 1_000_000 - Self.minute)
    let restFound = attendance.filled(gap, upToMs: 3_000_000)
    let rest = try #require(restFound)
    #expect(attendance.isOpen(gap) == false && attendance.isOpen(rest))
    attendance.leave("a", nowMs: 6_000_000)
    #expect(attendance.isOpen(rest) == false && attendance.filled(rest, upToMs: 4_000_000) == nil)
    #expect(attendance.arrive("a", nowMs: 7_000_000) == .init(instance: "a", fromMs: 3_000_000 - Self.minute, toMs: 7_000_000))
  }

  @Test("what is missed while it is heard is a gap at once, or after the one that is being filled")
  func missed() throws {
    var attendance = Attendance()
    #expect(attendance.miss("a", nowMs: 1) == nil, "not there")
    _ = attendance.arrive("a", nowMs: 1_000_000)
    let gapFound = attendance.miss("a", nowMs: 2_000_000)
    let gap = try #require(gapFound)
    #expect(gap == .init(instance: "a", fromMs: 2_000_000 - Self.minute, toMs: 2_000_000))
    #expect(attendance.miss("a", nowMs: 3_000_000) == nil)
    let nextFound = attendance.close(gap, nowMs: 4_000_000)
    let next = try #require(nextFound)
    #expect(next == .init(instance: "a", fromMs: 2_000_000 - Self.minute, toMs: 4_000_000))
    #expect(attendance.close(next, nowMs: 5_000_000) == nil)
  }

  @Test("who says nothing for long is looked after, once in that time; who isn't there, or is being caught up with, isn't")
  func silent() throws {
    var attendance = Attendance()
    attendance.restore("c", completeMs: 1)
    for name in ["a", "b", "c"] { _ = attendance.arrive(name, nowMs: 1_000_000) }
    attendance.hear("b", nowMs: 1_500_000)
    let gapFound = attendance.silent(for: 600_000, nowMs: 1_600_000).first
    let gap = try #require(gapFound)
    #expect(gap == .init(instance: "a", fromMs: 1_000_000 - Self.minute, toMs: 1_600_000))
    #expect(attendance.silent(for: 600_000, nowMs: 1_600_000) == [], "it is being looked after")
    #expect(attendance.close(gap, nowMs: 1_600_000) == nil)
    #expect(attendance.silent(for: 600_000, nowMs: 1_700_000) == [])
    #expect(attendance.silent(for: 600_000, nowMs: 2_200_000).map(\.instance) == ["a", "b"])
  }

  @Test("who was never heard is looked for sooner where that is wanted, once")
  func never() throws {
    var attendance = Attendance()
    for name in ["a", "b"] { _ = attendance.arrive(name, nowMs: 1_000_000) }
    attendance.hear("b", nowMs: 1_001_000)
    let gapFound = attendance.silent(for: 600_000, first: 60_000, nowMs: 1_061_000).first
    let gap = try #require(gapFound)
    #expect(gap.instance == "a")
    _ = attendance.close(gap, nowMs: 1_061_000)
    #expect(attendance.silent(for: 600_000, first: 60_000, nowMs: 1_600_000).isEmpty)
    #expect(attendance.silent(for: 600_000, first: 60_000, nowMs: 1_661_000).map(\.instance) == ["a", "b"])
  }

  @Test("what is kept for the next run: now while it is heard, else up to where nothing is missing; and only what changed")
  func kept() throws {
    var attendance = Attendance()
    attendance.restore("b", completeMs: 500_000)
    _ = attendance.arrive("a", nowMs: 1_000_000)
    let gapFound = attendance.arrive("b", nowMs: 1_000_000)
    let gap = try #require(gapFound)
    func unsaved(_ now: Int64) -> [String] { attendance.unsaved(nowMs: now).map { "\($0.instance) \($0.completeMs)" } }
    #expect(unsaved(1_100_000) == ["a 1100000"])
    #expect(unsaved(1_100_000) == [])
    attendance.leave("a", nowMs: 1_200_000)
    _ = attendance.close(gap, nowMs: 1_300_000)
    #expect(unsaved(1_400_000) == ["a 1200000", "b 1400000"])
    #expect(unsaved(1_500_000) == ["b 1500000"])
  }

  @Test("whatever happens, what an instance is known up to never lies beyond a time that was missed", arguments: 0..<30)
  func property(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var attendance = Attendance()
    var (now, isPresent, gap) = (Int64(10_000_000), false, Attendance.Gap?.none)
    /// The earliest moment that is not covered by being there or by a filled gap.
    var missedFrom: Int64?
    for _ in 0..<500 {
      now += .random(in: 1...200_000, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        if !isPresent { gap = attendance.arrive("a", nowMs: now) }
        isPresent = true
      case 1:
        attendance.leave("a", nowMs: now)
        if isPresent, missedFrom == nil { missedFrom = now }
        (isPresent, gap) = (false, nil)
      case 2:
        if isPresent {
          if missedFrom == nil { missedFrom = now }
          gap = attendance.miss("a", nowMs: now) ?? gap
        }
      case 3:
        if let open = gap, open.toMs > open.fromMs {
          let middle = open.fromMs + (open.toMs - open.fromMs) / 2
          gap = attendance.filled(open, upToMs: middle)
          missedFrom = missedFrom.map { max($0, middle) }
        }
      case 4:
        if let open = gap {
          gap = attendance.close(open, nowMs: now)
          // What was missed meanwhile is the next gap's.
          missedFrom = gap == nil ? nil : open.toMs
        }
      default: attendance.hear("a", nowMs: now)
      }
      for kept in attendance.unsaved(nowMs: now) {
        if let missedFrom { #expect(kept.completeMs <= missedFrom, "\(kept.completeMs) > \(missedFrom)") }
      }
    }
  }
}
