import HubRouter
import HubTesting
import Testing

@testable import HubHost
@testable import HubStore

@Suite("FeedMachine under random answers")
struct FeedMachinePropertyTests {
  @Test(
    "every event it wants is taken, in its conversation's order, and none is kept once all is settled",
    arguments: 1...20 as ClosedRange<UInt64>)
  func everythingArrives(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let total: UInt64 = 300
    var machine = FeedMachine(
      cursor: 0, head: 0, window: Int.random(in: 1...20, using: &random), buffer: Int.random(in: 1...40, using: &random),
      backoff: Backoff(initial: .seconds(1), maximum: .seconds(8)))
    // One in four runs wants everything, one nothing, the others a part.
    machine.kinds = seed % 4 == 0 ? nil : Set(["message.created", "message.status", "typing"].prefix(Int(seed % 4) - 1))
    let event = { (sequence: UInt64) in
      HostHarness.event(
        sequence, kind: ["message.created", "message.status", "typing"][Int(sequence % 7 % 3)], conversation: "cnv_\(sequence % 5)")
    }
    let wanted = (1...total).filter { [kinds = machine.kinds] sequence in kinds?.contains(event(sequence).kind) != false }
    var now = Duration.zero
    var flying: [(start: SinkLane.Start, event: StoredEvent)] = []
    var reads: [(sequence: UInt64, limit: Int)] = []
    var taken: [UInt64] = []
    var committed: UInt64 = 0
    var rounds = 0

    func follow(_ step: FeedMachine.Step) {
      flying += step.deliver
      // Never ahead: all that is wanted up to here was taken.
      if let cursor = step.cursor { #expect(Set(wanted.filter { $0 <= cursor }).isSubset(of: taken)) }
      if let read = step.readAfter { reads.append(read) }
    }
    while machine.cursor < total {
      rounds += 1
      guard rounds < 100_000 else {
        Issue.record("no progress")
        return
      }
      if committed < total, Int.random(in: 0..<3, using: &random) == 0 {
        let last = min(total, committed + UInt64.random(in: 1...30, using: &random))
        follow(machine.committed((committed + 1...last).map(event)))
        committed = last
      }
      if let place = reads.popLast() {
        let last = min(committed, place.sequence + UInt64(place.limit))
        follow(machine.read(place.sequence < last ? (place.sequence + 1...last).map(event) : []))
      }
      if let index = flying.indices.randomElement(using: &random) {
        let (start, event) = flying.remove(at: index)
        let fails = Int.random(in: 0..<4, using: &random) == 0
        if !fails { taken.append(event.sequence) }
        follow(machine.complete(start, fails ? .failed : .delivered, now: now, random: 0.3))
        // A second answer is nobody's.
        follow(machine.complete(start, .delivered, now: now, random: 0.3))
      } else if let wake = machine.nextWake {
        now = wake
      }
      follow(machine.tick(now: now))
    }

    #expect(taken.sorted() == wanted)
    #expect(machine.cursor == total)
    for members in Dictionary(grouping: taken, by: { $0 % 5 }).values { #expect(members == members.sorted()) }
    #expect(machine.inFlight == 0)
    #expect(machine.heldCount == 0)
  }
}
