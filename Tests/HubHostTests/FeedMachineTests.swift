import HubRouter
import Testing

@testable import HubHost
@testable import HubStore

@Suite("FeedMachine")
struct FeedMachineTests {
  func events(_ range: ClosedRange<UInt64>) -> [StoredEvent] { range.map { HostHarness.event($0, conversation: "cnv_\($0)") } }

  func machine(cursor: UInt64, head: UInt64, window: Int = 4, buffer: Int = 8) -> FeedMachine {
    FeedMachine(
      cursor: cursor, head: head, window: window, buffer: buffer,
      backoff: Backoff(initial: .seconds(1), maximum: .seconds(8), jitter: 0))
  }

  func first(_ sequence: UInt64) -> SinkLane.Start { .init(sequence: sequence, attempt: 1) }

  @Test("at the head a committed batch is delivered without being read back")
  func atHead() {
    var machine = machine(cursor: 10, head: 10)
    let step = machine.committed(events(11...13))
    #expect(step.deliver.map(\.event.sequence) == [11, 12, 13])
    #expect(step.readAfter == nil)
    #expect(machine.head - machine.cursor == 3)
    #expect(machine.complete(first(11), .delivered, now: .zero, random: 0).cursor == 11)
    #expect(machine.head - machine.cursor == 2)
  }

  @Test("a sink that is behind reads from its place, then goes on with what was committed meanwhile")
  func behind() {
    var machine = machine(cursor: 0, head: 6)
    let begin = machine.resumeOrTick()
    #expect(begin.readAfter?.sequence == 0)
    #expect(begin.readAfter?.limit == 4)
    #expect(machine.committed(events(7...8)).deliver.isEmpty)
    #expect(machine.read(events(1...4)).deliver.map(\.event.sequence) == [1, 2, 3, 4])
    let step = machine.complete(first(1), .delivered, now: .zero, random: 0)
    #expect(step.readAfter?.sequence == 4)
    #expect(step.readAfter?.limit == 1)
    #expect(machine.complete(first(2), .delivered, now: .zero, random: 0).readAfter == nil)
    let rest = machine.read(events(5...5))
    #expect(rest.readAfter?.sequence == 5)
    let last = machine.read(events(6...6))
    #expect(last.deliver.map(\.event.sequence) == [6])
    let tail = machine.complete(first(3), .delivered, now: .zero, random: 0)
    #expect(tail.deliver.map(\.event.sequence) == [7])
    #expect(tail.readAfter == nil)
  }

  @Test("a sink that falls far behind lets the batches go and reads later")
  func overflow() {
    var machine = machine(cursor: 0, head: 0)
    #expect(machine.committed(events(1...4)).deliver.count == 4)
    _ = machine.committed(events(5...20))
    for sequence in 1...4 as ClosedRange<UInt64> {
      let step = machine.complete(first(sequence), .delivered, now: .zero, random: 0)
      if sequence == 1 { #expect(step.readAfter?.sequence == 4) }
    }
    #expect(machine.read(events(5...8)).deliver.count == 4)
    #expect(machine.head - machine.cursor == 16)
  }

  @Test("a batch that leaves a gap is read back together with what is missing")
  func gap() {
    var machine = machine(cursor: 3, head: 3)
    let step = machine.committed(events(6...7))
    #expect(step.deliver.isEmpty)
    #expect(step.readAfter?.sequence == 3)
    #expect(machine.read(events(4...7)).deliver.map(\.event.sequence) == [4, 5, 6, 7])
  }

  @Test("a batch that overlaps what is known is not delivered twice")
  func overlap() {
    var machine = machine(cursor: 0, head: 0)
    _ = machine.committed(events(1...2))
    #expect(machine.committed(events(1...3)).deliver.map(\.event.sequence) == [3])
    #expect(machine.committed(events(2...3)).deliver.isEmpty)
  }

  @Test("a failed delivery is given again with the same event")
  func retry() {
    var machine = machine(cursor: 0, head: 0)
    _ = machine.committed(events(1...1))
    _ = machine.complete(first(1), .failed, now: .seconds(5), random: 0)
    #expect(machine.nextWake == .seconds(6))
    let step = machine.tick(now: .seconds(6))
    #expect(step.deliver.map(\.event.id) == ["id-1"])
    #expect(step.deliver.first?.start.attempt == 2)
  }

  @Test("of kinds the sink did not ask for only the cursor moves on, and not past what is unsettled")
  func kinds() {
    var machine = machine(cursor: 0, head: 0)
    machine.kinds = ["message.created"]
    let batch = (1...6 as ClosedRange<UInt64>).map {
      HostHarness.event($0, kind: $0 == 3 ? "message.created" : "typing", conversation: "c")
    }
    let step = machine.committed(batch)
    #expect(step.deliver.map(\.event.sequence) == [3])
    #expect(step.cursor == 2)
    #expect(machine.complete(first(3), .failed, now: .zero, random: 0).cursor == nil)
    #expect(machine.tick(now: .seconds(1)).deliver.map(\.event.sequence) == [3])
    #expect(machine.complete(.init(sequence: 3, attempt: 2), .delivered, now: .zero, random: 0).cursor == 6)
    #expect(machine.heldCount == 0)
  }

  @Test("a sink that wants nothing is at the head at once, without the journal being read")
  func noKinds() {
    var machine = machine(cursor: 3, head: 1000)
    machine.kinds = []
    let begin = machine.resumeOrTick()
    #expect(begin.cursor == 1000)
    #expect(begin.readAfter == nil)
    let step = machine.committed(events(1001...1100))
    #expect(step.cursor == 1100)
    #expect(step.deliver.isEmpty)
    // What was begun before it said so is still waited for.
    machine.kinds = nil
    #expect(machine.committed(events(1101...1101)).deliver.count == 1)
    machine.kinds = []
    #expect(machine.committed(events(1102...1110)).cursor == nil)
    #expect(machine.complete(first(1101), .delivered, now: .zero, random: 0).cursor == 1110)
  }

  @Test("a batch of which nothing is wanted is passed over at once, unless something is under way or has not come yet")
  func pass() {
    var machine = machine(cursor: 0, head: 0)
    #expect(machine.pass(events(1...10)) == 10)
    #expect(machine.pass(events(21...30)) == nil, "11 to 20 are still on their way")
    #expect(machine.committed(events(11...11)).deliver.count == 1)
    #expect(machine.pass(events(12...12)) == nil, "11 is not settled")
    #expect(machine.complete(first(11), .delivered, now: .zero, random: 0).cursor == 11)
    #expect(machine.pass(events(12...12)) == 12)
    machine.pause()
    #expect(machine.pass(events(13...13)) == nil)
    #expect(machine.pass([]) == nil)
    #expect(machine.cursor == 12)
    #expect(machine.heldCount == 0)
  }

  @Test("what the journal lost is passed over")
  func lost() {
    var machine = machine(cursor: 0, head: 5)
    _ = machine.resumeOrTick()
    let step = machine.lost(through: 3)
    #expect(step.cursor == 3)
    #expect(step.readAfter?.sequence == 3)
    #expect(machine.read(events(4...5)).deliver.map(\.event.sequence) == [4, 5])
  }
}

extension FeedMachine {
  fileprivate mutating func resumeOrTick() -> Step { tick(now: .zero) }
}
