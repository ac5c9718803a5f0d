import HubTesting
import Testing

@testable import Evolution

@Suite struct PacerTests {
  @Test("messages of one instance leave at the rate, give or take a quarter; those of another don't wait for them")
  func paces() {
    var pacer = Pacer(perSecond: 1)
    #expect(pacer.turn(of: "a", nowMs: 1000, random: 0.5) == .wait(0))
    #expect(pacer.turn(of: "a", nowMs: 1000, random: 0) == .wait(1000))
    #expect(pacer.turn(of: "a", nowMs: 1000, random: 0.999) == .wait(1750))
    #expect(pacer.turn(of: "b", nowMs: 1000, random: 0.5) == .wait(0))
    #expect(pacer.turn(of: "a", nowMs: 60_000, random: 0.5) == .wait(0), "what wasn't used isn't saved up")
    #expect(pacer.turn(of: "a", nowMs: 60_000, random: 0.5) == .wait(1000))
  }

  @Test("whose turn is too far off is given back, and takes no place")
  func givesBack() {
    var pacer = Pacer(perSecond: 0.25)
    #expect(pacer.turn(of: "a", nowMs: 0, random: 0.5) == .wait(0))
    #expect(pacer.turn(of: "a", nowMs: 0, random: 0.5) == .wait(4000))
    for _ in 0..<3 { #expect(pacer.turn(of: "a", nowMs: 0, random: 0.5) == .later(8000)) }
    #expect(pacer.turn(of: "a", nowMs: 8000, random: 0.5) == .wait(0))
  }

  @Test("0 is any number")
  func unlimited() {
    var pacer = Pacer(perSecond: 0)
    for _ in 0..<1000 { #expect(pacer.turn(of: "a", nowMs: 5, random: 0.9) == .wait(0)) }
  }

  @Test("over a long time the rate is kept", arguments: 0..<5)
  func mean(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var pacer = Pacer(perSecond: 4)
    var (now, sent) = (Int64(0), 0)
    while now < 1_000_000 {
      guard case .wait(let wait) = pacer.turn(of: "a", nowMs: now, random: .random(in: 0..<1, using: &random)) else { break }
      now += wait
      sent += 1
    }
    #expect((3800...4200).contains(sent))
  }
}
