import Testing

@testable import RealtimeServer

@Suite("Tables of an event loop")
struct TableTests {
  @Test("a key's text gives the key back, and its loop and place")
  func keys() {
    var generator = SystemRandomNumberGenerator()
    for (loop, slot) in [(0, 0), (1, 7), (255, 0xFF_FFFF), (3, 65_536)] {
      let key = TableKey(loop: loop, slot: slot, using: &generator)
      #expect(key.text.utf8.count == 20)
      #expect(TableKey(text: key.text.utf8) == key)
      #expect(key.loop == loop)
      #expect(key.slot == slot)
      #expect(SocketID(key.text)?.description == key.text)
    }
    for text in ["", "AAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA+", "__proto__"] {
      #expect(SocketID(text) == nil)
    }
  }

  @Test("a pool of random numbers never gives one twice")
  func pool() {
    var (one, other) = (RandomPool(), RandomPool())
    let numbers = (0..<200).flatMap { _ in [one.next(), other.next()] }
    #expect(Set(numbers).count == 400)
    #expect(numbers.contains(0) == false)
  }

  @Test("places are used again, and a stale key finds nothing")
  func slots() {
    var table = SlotTable<String>()
    #expect(table.nextSlot == 0)
    table.insert("a")
    table.insert("b")
    table.remove(0)
    table.remove(0)
    table.remove(9)
    #expect(table.count == 1)
    #expect(table.nextSlot == 0)
    table.insert("c")
    #expect(table[0] == "c")
    #expect(table[5] == nil)
  }

  @Test("deadlines fall due in the order they were added")
  func deadlines() {
    var generator = SystemRandomNumberGenerator()
    var queue = DeadlineQueue()
    let keys = (0..<3).map { TableKey(loop: 0, slot: $0, using: &generator) }
    for (index, key) in keys.enumerated() { queue.add(key, deadline: Int64(index * 10)) }
    #expect(queue.next == 0)
    #expect(queue.popDue(10) == keys[0])
    #expect(queue.popDue(10) == keys[1])
    #expect(queue.popDue(10) == nil)
    #expect(queue.next == 20)
  }

  @Test("a bucket holds two seconds of its rate and fills with time")
  func bucket() {
    var bucket = EventBucket(rate: 2, now: 0)
    for _ in 0..<4 { #expect(bucket.take(rate: 2, now: 0) == true) }
    #expect(bucket.take(rate: 2, now: 499) == false)
    #expect(bucket.take(rate: 2, now: 500) == true)
    #expect(bucket.take(rate: 2, now: 500) == false)
    for _ in 0..<4 { #expect(bucket.take(rate: 2, now: 100_000) == true) }
    #expect(bucket.take(rate: 2, now: 100_000) == false)
  }
}
