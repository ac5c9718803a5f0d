import Testing

@testable import Evolution

@Suite struct LiveQueueTests {
  private typealias Queue = LiveQueue<Int>

  private struct Offer: Equatable {
    let isHeld: Bool
    let wait: UInt64?

    init(_ isHeld: Bool, _ wait: UInt64?) { (self.isHeld, self.wait) = (isHeld, wait) }
  }

  private func offer(_ queue: inout Queue, _ item: Int, of instance: String, isFilling: Bool, at nowMs: UInt64) -> Offer {
    let (isHeld, wait) = queue.offer(item, of: instance, isFilling: isFilling, nowMs: nowMs)
    return Offer(isHeld, wait)
  }

  /// Everything that is handed on now.
  private func released(_ queue: inout Queue, _ instance: String) -> [Int] {
    var items: [Int] = []
    guard queue.release(instance) else { return items }
    while let next = queue.next(instance) { items += next }
    return items
  }

  @Test("what comes while a gap is filled waits until it is, in order; the other instances don't")
  func holds() {
    var queue = Queue()
    #expect(offer(&queue, 1, of: "a", isFilling: true, at: 0) == Offer(true, Queue.patienceMs))
    #expect(offer(&queue, 2, of: "a", isFilling: true, at: 5) == Offer(true, nil), "one timer for both")
    #expect(offer(&queue, 9, of: "b", isFilling: false, at: 5) == Offer(false, nil))
    queue.filled("a")
    #expect(released(&queue, "a") == [1, 2])
    #expect(offer(&queue, 3, of: "a", isFilling: false, at: 6) == Offer(false, nil), "it flows again")
  }

  @Test("what comes while the rest is handed on comes after it, and nobody else hands it on")
  func overtakesNothing() {
    var queue = Queue()
    _ = queue.offer(1, of: "a", isFilling: true, nowMs: 0)
    #expect(queue.release("a") == true)
    #expect(queue.next("a") == [1])
    #expect(offer(&queue, 2, of: "a", isFilling: false, at: 1) == Offer(true, nil))
    #expect(queue.release("a") == false)
    #expect(queue.next("a") == [2])
    #expect(queue.next("a") == nil && queue.release("a") == false)
  }

  @Test("for what can't be looked up nothing waits, until something else is")
  func hurries() {
    var queue = Queue()
    _ = queue.offer(1, of: "a", isFilling: true, nowMs: 0)
    queue.hurry("a")
    #expect(released(&queue, "a") == [1])
    #expect(offer(&queue, 2, of: "a", isFilling: true, at: 1) == Offer(false, nil))
    queue.filled("a")
    #expect(offer(&queue, 3, of: "a", isFilling: true, at: 2) == Offer(true, Queue.patienceMs))
  }

  @Test("when it takes too long nothing waits any more, until that gap is filled")
  func lapses() {
    var queue = Queue()
    _ = queue.offer(1, of: "a", isFilling: true, nowMs: 0)
    #expect(queue.lapse("a", nowMs: Queue.patienceMs - 1) == false)
    #expect(queue.lapse("a", nowMs: Queue.patienceMs) == true)
    #expect(released(&queue, "a") == [1])
    #expect(offer(&queue, 2, of: "a", isFilling: true, at: Queue.patienceMs) == Offer(false, nil))
    queue.filled("a")
    #expect(offer(&queue, 3, of: "a", isFilling: true, at: Queue.patienceMs) == Offer(true, Queue.patienceMs))
    #expect(queue.lapse("a", nowMs: Queue.patienceMs + 1) == false, "a timer of before")
  }
}
