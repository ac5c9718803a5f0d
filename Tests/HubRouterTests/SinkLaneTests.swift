import HubRouter
import Testing

typealias Start = SinkLane.Start

func first(_ sequence: UInt64) -> Start { Start(sequence: sequence, attempt: 1) }

@Suite("SinkLane")
struct SinkLaneTests {
  let backoff = Backoff(initial: .seconds(1), factor: 2, maximum: .seconds(60), jitter: 0)

  @Test("items of different lanes begin at once and in journal order")
  func parallel() {
    var lane = SinkLane(cursor: 10, backoff: backoff)
    #expect(lane.offer(sequence: 11, lane: "a").start == [first(11)])
    #expect(lane.offer(sequence: 12, lane: "b").start == [first(12)])
    #expect(lane.offer(sequence: 15, lane: "c").start == [first(15)])
    #expect(lane.inFlight == 3)
    #expect(lane.cursor == 10)
  }

  @Test("an item waits for the one before it in its lane")
  func serialPerLane() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    _ = lane.offer(sequence: 1, lane: "a")
    #expect(lane.offer(sequence: 2, lane: "a").start.isEmpty)
    #expect(lane.offer(sequence: 3, lane: "b").start == [first(3)])
    let step = lane.complete(first(1), .delivered, now: .zero, random: 0)
    #expect(step.start == [first(2)])
    #expect(step.cursor == 1)
  }

  @Test("answers out of order move the cursor only over what is settled without a gap")
  func contiguousCursor() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    for sequence in 1...4 as ClosedRange<UInt64> { _ = lane.offer(sequence: sequence, lane: "\(sequence)") }
    #expect(lane.complete(first(3), .delivered, now: .zero, random: 0).cursor == nil)
    #expect(lane.complete(first(2), .delivered, now: .zero, random: 0).cursor == nil)
    #expect(lane.complete(first(1), .delivered, now: .zero, random: 0).cursor == 3)
    #expect(lane.complete(first(4), .delivered, now: .zero, random: 0).cursor == 4)
    #expect(lane.inFlight == 0)
    #expect(lane.nextWake == nil)
  }

  @Test("the window bounds what is past the cursor, settled or not")
  func window() {
    var lane = SinkLane(cursor: 0, window: 3, backoff: backoff)
    for sequence in 1...3 as ClosedRange<UInt64> { _ = lane.offer(sequence: sequence, lane: "\(sequence)") }
    #expect(lane.room == 0)
    #expect(lane.offer(sequence: 4, lane: "4").start.isEmpty)
    #expect(lane.lastOffered == 3)
    _ = lane.complete(first(2), .delivered, now: .zero, random: 0)
    #expect(lane.room == 0)
    _ = lane.complete(first(1), .delivered, now: .zero, random: 0)
    #expect(lane.room == 2)
    #expect(lane.offer(sequence: 4, lane: "4").start == [first(4)])
  }

  @Test("a failed item is tried again before anything behind it in its lane, and other lanes go on")
  func retry() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    _ = lane.offer(sequence: 1, lane: "a")
    _ = lane.offer(sequence: 2, lane: "a")
    _ = lane.offer(sequence: 3, lane: "b")
    #expect(lane.complete(first(1), .failed, now: .seconds(100), random: 0) == .init())
    #expect(lane.nextWake == .seconds(101))
    #expect(lane.complete(first(3), .delivered, now: .seconds(100), random: 0).cursor == nil)
    #expect(lane.tick(now: .milliseconds(100_999)).start.isEmpty)
    #expect(lane.tick(now: .seconds(101)).start == [Start(sequence: 1, attempt: 2)])
    #expect(lane.nextWake == nil)
    _ = lane.complete(Start(sequence: 1, attempt: 2), .failed, now: .seconds(101), random: 0)
    #expect(lane.nextWake == .seconds(103))
    #expect(lane.tick(now: .seconds(103)).start == [Start(sequence: 1, attempt: 3)])
    let step = lane.complete(Start(sequence: 1, attempt: 3), .delivered, now: .seconds(104), random: 0)
    #expect(step.start == [first(2)])
    #expect(step.cursor == 1)
    #expect(lane.complete(first(2), .delivered, now: .seconds(104), random: 0).cursor == 3)
  }

  @Test("a rejected item is passed over and its lane goes on")
  func rejected() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    _ = lane.offer(sequence: 1, lane: "a")
    _ = lane.offer(sequence: 2, lane: "a")
    let step = lane.complete(first(1), .rejected, now: .zero, random: 0)
    #expect(step == .init(start: [first(2)], cursor: 1))
  }

  @Test("late, repeated and unknown answers change nothing")
  func strayAnswers() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    _ = lane.offer(sequence: 1, lane: "a")
    _ = lane.complete(first(1), .failed, now: .zero, random: 0)
    #expect(lane.complete(first(1), .delivered, now: .zero, random: 0) == .init(isAccepted: false))
    _ = lane.tick(now: .seconds(1))
    #expect(lane.complete(first(1), .delivered, now: .zero, random: 0) == .init(isAccepted: false))
    #expect(lane.complete(first(99), .delivered, now: .zero, random: 0) == .init(isAccepted: false))
    #expect(lane.complete(Start(sequence: 1, attempt: 2), .delivered, now: .zero, random: 0).cursor == 1)
    #expect(lane.complete(Start(sequence: 1, attempt: 2), .delivered, now: .zero, random: 0) == .init(isAccepted: false))
  }

  @Test("an item offered twice, or late, is ignored")
  func repeatedOffer() {
    var lane = SinkLane(cursor: 5, backoff: backoff)
    #expect(lane.offer(sequence: 5, lane: "a") == .init())
    _ = lane.offer(sequence: 7, lane: "a")
    #expect(lane.offer(sequence: 7, lane: "a") == .init())
    #expect(lane.offer(sequence: 6, lane: "b") == .init())
    #expect(lane.inFlight == 1)
  }

  @Test("a skipped item moves the cursor when nothing older is unsettled")
  func skipped() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    #expect(lane.skip(sequence: 1).cursor == 1)
    _ = lane.offer(sequence: 2, lane: "a")
    #expect(lane.skip(sequence: 3).cursor == nil)
    #expect(lane.complete(first(2), .delivered, now: .zero, random: 0).cursor == 3)
  }

  @Test("a pause begins nothing, and resuming begins what is ready in journal order")
  func pause() {
    var lane = SinkLane(cursor: 0, backoff: backoff)
    _ = lane.offer(sequence: 1, lane: "a")
    _ = lane.offer(sequence: 2, lane: "b")
    _ = lane.offer(sequence: 3, lane: "a")
    _ = lane.complete(first(2), .failed, now: .zero, random: 0)
    lane.pause()
    #expect(lane.offer(sequence: 4, lane: "c").start.isEmpty)
    let step = lane.complete(first(1), .delivered, now: .zero, random: 0)
    #expect(step.start.isEmpty)
    #expect(step.cursor == 1)
    #expect(lane.tick(now: .seconds(9)).start.isEmpty)
    #expect(lane.nextWake == nil)
    #expect(lane.resume(now: .seconds(9)).start == [Start(sequence: 2, attempt: 2), first(3), first(4)])
    #expect(lane.resume(now: .seconds(9)).start.isEmpty)
  }
}
