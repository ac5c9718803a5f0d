import Testing

@testable import Evolution

/// A server of which nobody can tell whether it sends global events.
@Suite struct GlobalSilenceTests {
  @Test("that nothing came is said once, after two minutes")
  func quiet() {
    var silence = GlobalSilence()
    let unjoined = silence.due(nowMs: 1_000_000)
    let isFirst = silence.joined(nowMs: 1_000_000)
    let hints = [1_119_999, 1_120_000, 1_150_000].map { silence.due(nowMs: $0) }
    #expect(unjoined == nil && isFirst && hints == [nil, .quiet, nil])
    let isAgainFirst = silence.joined(nowMs: 1_160_000)
    let takenBack = [silence.heard(), silence.heard()]
    #expect(isAgainFirst == false && takenBack == [true, false])
    let later = [silence.due(nowMs: 9_000_000), silence.missed()]
    #expect(later == [nil, nil], "a server that said something has them")
  }

  @Test("that something was missed is said once, whatever was said before, and also before the two minutes are over")
  func deaf() {
    for isLate in [false, true] {
      var silence = GlobalSilence()
      _ = silence.joined(nowMs: 0)
      let early = isLate ? silence.due(nowMs: 120_000) : nil
      let hints = [silence.missed(), silence.missed(), silence.due(nowMs: 300_000)]
      #expect(early == (isLate ? .quiet : nil) && hints == [.deaf, nil, nil])
    }
  }
}
