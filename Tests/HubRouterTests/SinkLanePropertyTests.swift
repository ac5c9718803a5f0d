import HubRouter
import HubTesting
import Testing

@Suite("SinkLane under random answers")
struct SinkLanePropertyTests {
  @Test("every item is settled once, each lane in order, the window kept and the cursor at the end", arguments: 1...20)
  func everythingArrives(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let window = Int.random(in: 1...40, using: &random)
    let total: UInt64 = 400
    var lane = SinkLane(cursor: 0, window: window, backoff: Backoff(initial: .seconds(1), maximum: .seconds(8)))
    let laneOf = { (sequence: UInt64) in "lane-\(sequence % 7)" }
    var now = Duration.zero
    var flying: [Start] = []
    var settled: [UInt64] = []
    var next: UInt64 = 1
    var rounds = 0

    while lane.cursor < total {
      rounds += 1
      guard rounds < 100_000 else { Issue.record("no progress"); return }
      var begun: [Start] = []
      while next <= total, lane.room > 0, Bool.random(using: &random) || flying.isEmpty {
        begun += lane.offer(sequence: next, lane: laneOf(next)).start
        next += 1
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        lane.pause()
        begun += lane.resume(now: now).start
      }
      flying += begun
      if let index = flying.indices.randomElement(using: &random) {
        let start = flying.remove(at: index)
        let fails = Int.random(in: 0..<4, using: &random) == 0
        if !fails { settled.append(start.sequence) }
        flying += lane.complete(start, fails ? .failed : .delivered, now: now, random: 0.3).start
      } else if let wake = lane.nextWake {
        now = wake
      }
      flying += lane.tick(now: now).start
      #expect(lane.lastOffered - lane.cursor <= UInt64(window))
      #expect(Set(flying.map { laneOf($0.sequence) }).count == flying.count, "two of one lane in flight")
    }

    #expect(settled.sorted() == Array(1...total))
    for members in Dictionary(grouping: settled, by: laneOf).values { #expect(members == members.sorted()) }
    #expect(lane.inFlight == 0)
    #expect(lane.nextWake == nil)
  }
}
