import HubRouter
import Testing

@Suite("Backoff")
struct BackoffTests {
  let schedule = Backoff(initial: .milliseconds(100), factor: 2, maximum: .seconds(5), jitter: 0.5)

  @Test("without randomness the wait doubles up to the cap")
  func doubles() {
    let waits = (1...8).map { schedule.delay(attempt: $0, random: 0) }
    #expect(waits == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
  }

  @Test("randomness takes off at most the jitter's share")
  func jitter() {
    #expect(schedule.delay(attempt: 3, random: 1) == .milliseconds(200))
    #expect(schedule.delay(attempt: 3, random: 0.5) == .milliseconds(300))
    #expect(schedule.delay(attempt: 3, random: 7) == .milliseconds(200))
    #expect(schedule.delay(attempt: 3, random: -7) == .milliseconds(400))
  }

  @Test("a huge attempt number is the cap, not an overflow")
  func huge() {
    #expect(schedule.delay(attempt: .max, random: 0) == .seconds(5))
    #expect(Backoff(initial: .seconds(1), factor: 1, maximum: .seconds(9)).delay(attempt: .max, random: 0) == .seconds(1))
    #expect(Backoff(initial: .zero, maximum: .seconds(9)).delay(attempt: .max, random: 0) == .zero)
  }

  @Test("an attempt below one counts as the first")
  func small() {
    #expect(schedule.delay(attempt: 0, random: 0) == .milliseconds(100))
    #expect(schedule.delay(attempt: -3, random: 0) == .milliseconds(100))
  }

  @Test("senseless parameters become the nearest sensible ones")
  func clamped() {
    let odd = Backoff(initial: .seconds(-1), factor: 0.1, maximum: .seconds(-5), jitter: 3)
    #expect(odd.factor == 1)
    #expect(odd.jitter == 1)
    #expect(odd.delay(attempt: 4, random: 0.3) == .zero)
  }
}
