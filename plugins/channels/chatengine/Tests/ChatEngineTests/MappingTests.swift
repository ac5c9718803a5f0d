import HubModel
import HubPluginSDK
import OrderedJSON
import Testing

@testable import ChatEngine

@Suite struct WireTimeTests {
  @Test(
    "moments are read however they are written",
    arguments: [
      ("2026-01-05T12:00:00.000Z", 1_767_614_400_000), ("2026-01-05T12:00:00Z", 1_767_614_400_000),
      ("2026-01-05T09:00:00.25-03:00", 1_767_614_400_250), ("2026-01-05T12:00:00.123456", 1_767_614_400_123),
      ("2026-01-05 12:00Z", 1_767_614_400_000), ("1970-01-01T00:00:00Z", 0), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
      (1_767_614_400_000, 1_767_614_400_000), ("ontem", nil), ("2026-13-05T12:00:00Z", nil), ("2026-01-05T12:00:00Zx", nil), ("", nil),
      (true, nil), (-5, nil), ("2026-01-05T12:00:00.Z", nil),
    ] as [(JSONValue, Int64?)])
  func times(_ value: JSONValue, _ expected: Int64?) {
    #expect(WireTime.read(value) == expected)
  }

  @Test("what is written as the hub writes it is read as it was, for a day of every month of four centuries")
  func roundTrip() {
    for days in stride(from: Int64(-134_774), to: 146_097, by: 17) {
      let moment = days * 86_400_000 + 45_296_789
      #expect(WireTime.read(.string(Timestamp(milliseconds: moment).iso8601)) == moment)
    }
  }
}

@Suite struct BoundedMapTests {
  @Test("the entry used longest ago gives way, and looking is no use")
  func eviction() {
    var map = BoundedMap<String, Int>(limit: 3)
    for (number, key) in ["a", "b", "c"].enumerated() { #expect(map.use(key, number) == nil) }
    _ = map["a"]
    #expect(map.use("b", 9) == nil)
    #expect(map.use("d", 4) == "a")
    #expect(map.keys == ["c", "b", "d"])
    #expect(map.first?.key == "c")
    #expect(map["b"] == 9)
    #expect(map.remove("b") == 9)
    #expect(map.remove("b") == nil)
    #expect(map.use("e", 5) == nil)
    #expect(map.keys == ["c", "d", "e"])
  }

  @Test("it does what a list does that is searched from the front", arguments: 1...20)
  func model(seed: Int) {
    var generator = SystemRandomNumberGenerator()
    var map = BoundedMap<Int, Int>(limit: 8)
    var list: [(Int, Int)] = []
    for step in 0..<500 {
      let key = Int.random(in: 0..<16, using: &generator)
      if Int.random(in: 0..<4, using: &generator) == 0 {
        let expected = list.firstIndex { $0.0 == key }.map { list.remove(at: $0).1 }
        #expect(map.remove(key) == expected)
      } else {
        list.removeAll { $0.0 == key }
        let evicted = list.count == 8 ? list.removeFirst().0 : nil
        list.append((key, step))
        #expect(map.use(key, step) == evicted)
      }
      #expect(map.keys == list.map(\.0))
      #expect(map.count == list.count)
    }
  }
}

@Suite struct TokenSubjectTests {
  @Test("the subject of a token is its claim sub, and of anything else there is none")
  func subject() {
    #expect(TokenSubject.of(Array("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfNSIsIm5hbWUiOiLDnG5hIn0.x".utf8)) == "usr_5")
    #expect(TokenSubject.of(Array("a.e30.b".utf8)) == nil)
    for text in ["", "token", "a.b", "a.!!.c", "a.eyJzdWIiOi.c"] { #expect(TokenSubject.of(Array(text.utf8)) == nil) }
  }
}

@Suite struct HeldStatusTests {
  private func moment(_ clock: UInt64) -> Moment { Moment(wallMs: Int64(clock), clock: clock) }

  @Test("a status waits 60 s from when it came, beside another of the same message")
  func waits() {
    var held = HeldStatuses()
    _ = held.hold(.sent, of: "m", at: moment(0))
    _ = held.hold(.read, of: "m", at: moment(1000))
    #expect(held.deadline == 60_000)
    #expect(held.expire(clock: 59_999).isEmpty)
    #expect(held.expire(clock: 60_000).map(\.status) == [.sent])
    #expect(held.take("m").map(\.status) == [.read])
    #expect(held.expire(clock: 100_000).isEmpty)
    #expect(held.deadline == nil && held.count == 0)
  }

  @Test("above the limit the oldest goes, and what was taken leaves nothing behind")
  func bounded() {
    var held = HeldStatuses()
    for number in 0..<HeldStatuses.limit { #expect(held.hold(.read, of: "\(number)", at: moment(UInt64(number))) == nil) }
    #expect(held.hold(.read, of: "last", at: moment(20_000))?.message == "0")
    for number in 1..<HeldStatuses.limit { #expect(held.take("\(number)").count == 1) }
    #expect(held.count == 1)
    #expect(held.expire(clock: .max - 1).map(\.message) == ["last"])
  }
}
