import HubTesting
import Testing

@testable import Evolution

@Suite struct IntakeQueueTests {
  @Test("what the journal takes flows, whatever the order of its answers")
  func flows() throws {
    var queue = IntakeQueue<String>()
    let aFound = queue.offer("a", nowMs: 0)
    let a = try #require(aFound)
    let bFound = queue.offer("b", nowMs: 0)
    let b = try #require(bFound)
    #expect(queue.stored(b) == nil && queue.stored(a) == nil)
    #expect(queue.due(nowMs: 100).next == nil)
  }

  @Test("what is refused is tried again before what came behind it, one at a time, with growing waits, until nothing waits")
  func stalls() throws {
    var queue = IntakeQueue<String>()
    let aFound = queue.offer("a", nowMs: 0)
    let a = try #require(aFound)
    let bFound = queue.offer("b", nowMs: 0)
    let b = try #require(bFound)
    #expect(queue.refused(b) == 100 && queue.refused(a) == nil, "one timer for both")
    #expect(queue.offer("c", nowMs: 10) == nil)
    var waits: [UInt64] = []
    for _ in 0..<8 {
      let nextFound = queue.due(nowMs: 1000).next
      let next = try #require(nextFound)
      #expect(next.item == "a")
      let wait = queue.refused(next)
      waits.append(try #require(wait))
    }
    #expect(waits == [200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    var order: [String] = []
    var next = queue.due(nowMs: 1000).next
    while let entry = next {
      order.append(entry.item)
      next = queue.stored(entry)
    }
    #expect(order == ["a", "b", "c"])
    #expect(queue.offer("d", nowMs: 2000)?.item == "d", "it flows again")
  }

  @Test("what waited too long is given up, and the rest goes on")
  func expires() throws {
    var queue = IntakeQueue<String>()
    let aFound = queue.offer("a", nowMs: 0)
    let a = try #require(aFound)
    _ = queue.refused(a)
    _ = queue.offer("b", nowMs: 20_000)
    let (expired, next) = queue.due(nowMs: 25_000)
    #expect(expired.map(\.item) == ["a"] && next?.item == "b")
    #expect(queue.stored(try #require(next)) == nil)
    #expect(queue.offer("c", nowMs: 25_000)?.item == "c")
  }

  @Test("whatever the journal answers and when, everything is stored or expires once, and a retry never overtakes", arguments: 0..<40)
  func property(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var queue = IntakeQueue<Int>()
    var (now, offered, settled, flying, timers) = (UInt64(0), 0, Set<Int>(), [IntakeQueue<Int>.Entry](), 0)
    func settle(_ item: Int) { #expect(settled.insert(item).inserted, "\(item) twice") }
    for step in 0..<2000 {
      let isEnding = step > 1500
      now += UInt64.random(in: 0...40, using: &random)
      switch isEnding ? 1 : Int.random(in: 0..<4, using: &random) {
      case 0:
        offered += 1
        if let entry = queue.offer(offered, nowMs: now) { flying.append(entry) }
      default:
        if let index = flying.indices.randomElement(using: &random) {
          let entry = flying.remove(at: index)
          if isEnding || Bool.random(using: &random) {
            settle(entry.item)
            if let next = queue.stored(entry) { flying.append(next) }
          } else if queue.refused(entry) != nil {
            timers += 1
          }
        } else if timers > 0 {
          timers -= 1
          let (expired, next) = queue.due(nowMs: now)
          for entry in expired { settle(entry.item) }
          if let next { flying.append(next) }
        }
      }
      #expect(timers <= 1)
    }
    #expect(settled.count == offered)
  }
}
