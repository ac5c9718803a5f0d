import Testing

@testable import HubHost

@Suite("Timers of an instance")
struct AdapterTimersTests {
  @Test("starting over and cancelling use up no places, and one answer is owed for a token")
  func places() {
    let owed = OwedAnswers()
    let timers = AdapterTimers(owed: owed)
    var refused = 0
    for _ in 0...AdapterTimers.maximum {
      if begin(timers, 1) != .started { refused += 1 }
      if begin(timers, 2) != .started { refused += 1 }
      timers.cancel(2)
    }
    #expect(refused == 0)
    #expect(timers.count == 1)
    #expect(owed.close() == [1])
    #expect(begin(timers, 1) == .closed)
    #expect(begin(timers, 3) == .closed)
  }

  @Test("what fired and is not handed over yet comes to nothing when the timer is cancelled or starts over", .timeLimit(.minutes(1)))
  func fired() async {
    let owed = OwedAnswers()
    let timers = AdapterTimers(owed: owed)
    let first = await use(timers, 1)
    timers.cancel(1)
    #expect(!timers.end(1, use: first))
    let second = await use(timers, 1)
    let third = await use(timers, 1)
    #expect(!timers.end(1, use: second))
    #expect(timers.end(1, use: third))
    #expect(!timers.end(1, use: third))
    #expect(timers.count == 0)
    #expect(owed.close().isEmpty)
  }

  @Test("when nothing may fire any more the answers stay owed, and can be cancelled")
  func silenced() {
    let owed = OwedAnswers()
    let timers = AdapterTimers(owed: owed)
    #expect(begin(timers, 1) == .started)
    #expect(begin(timers, 2) == .started)
    timers.silence()
    timers.cancel(1)
    #expect(owed.close() == [2])
  }

  /// Sets a timer that doesn't fire within the test.
  private func begin(_ timers: AdapterTimers, _ token: UInt64) -> AdapterTimers.Begun {
    timers.after(milliseconds: 86_400_000, token: token) { _ in }
  }

  /// Lets a timer fire, and gives what it fired with.
  private func use(_ timers: AdapterTimers, _ token: UInt64) async -> UInt64 {
    await withCheckedContinuation { continuation in
      _ = timers.after(milliseconds: 0, token: token) { continuation.resume(returning: $0) }
    }
  }
}
