import HubModel
import HubTesting
import OrderedJSON
import Testing

@testable import Evolution

@Suite struct MessagePagesTests {
  /// A server with a message at each of these times, in milliseconds.
  private struct Server {
    let times: [Int64]
    var asked = 0

    mutating func answer(_ body: JSONValue) -> JSONValue {
      asked += 1
      let bounds = body["where"]?["messageTimestamp"]
      let (from, to) = (bounds?["gte"]?.string ?? "", bounds?["lte"]?.string ?? "")
      let found = times.sorted(by: >).filter { (from...to).contains(Timestamp(milliseconds: $0).iso8601) }
      let (page, size) = (Int(body["page"]?.int64 ?? 0), Int(body["offset"]?.int64 ?? 0))
      let records = found.dropFirst((page - 1) * size).prefix(size).map { JSONValue.object(["t": .number(JSONNumber($0))]) }
      let pages = Int64((found.count + size - 1) / size)
      return [
        "messages": [
          "total": .number(JSONNumber(Int64(found.count))), "pages": .number(JSONNumber(pages)),
          "currentPage": .number(JSONNumber(Int64(page))),
          "records": .array(Array(records)),
        ]
      ]
    }
  }

  private func walk(_ server: inout Server, _ from: Int64, _ to: Int64) throws -> (times: [Int64], largest: Int, upTo: [Int64]) {
    var pages = MessagePages(fromMs: from, toMs: to)
    var (times, largest, upTo) = ([Int64](), 0, [Int64]())
    while case .ask(let body) = pages.next {
      guard case .store(let records, let time)? = try pages.take(server.answer(body)) else { continue }
      times += records.compactMap { $0["t"]?.int64 }
      largest = max(largest, records.count)
      upTo.append(time)
    }
    #expect(pages.next == .done)
    return (times, largest, upTo)
  }

  @Test("both bounds are named, as dates, with a page and its size")
  func asks() {
    #expect(
      MessagePages(fromMs: 1_767_614_400_000, toMs: 1_767_615_000_000).next
        == .ask([
          "where": ["messageTimestamp": ["gte": "2026-01-05T12:00:00.000Z", "lte": "2026-01-05T12:10:00.000Z"]], "page": 1, "offset": 100,
        ]))
  }

  @Test(
    "every message of the time comes, the oldest first, a thousand at most at once", arguments: [0, 1, 99, 100, 101, 250, 1000, 1001, 5000])
  func walks(count: Int) throws {
    var random = SeededGenerator(seed: UInt64(count))
    let (from, to) = (Int64(1_700_000_000_000), Int64(1_700_086_400_000))
    // As the server's: whole seconds. Half of them in one hour.
    let times = (0..<count).map { index in
      (index % 2 == 0 ? Int64.random(in: from...to, using: &random) : from + Int64.random(in: 0...3_600_000, using: &random)) / 1000 * 1000
    }
    var server = Server(times: times + [from - 1000, to + 1000])
    let walk = try walk(&server, from, to)
    #expect(walk.times == walk.times.sorted() && walk.largest <= 1000)
    #expect(walk.upTo == walk.upTo.sorted() && walk.upTo.last == to)
    // What lies on a cut comes with both sides, and is dropped by its key.
    #expect(Set(walk.times) == Set(times) && walk.times.count >= count && walk.times.count <= count + server.asked)
    #expect(server.asked <= 3 + count / 25)
  }

  @Test("a time too short to cut is walked through to its end")
  func dense() throws {
    var server = Server(times: Array(repeating: 1_700_000_000_000, count: 2500))
    let walk = try walk(&server, 1_699_999_999_500, 1_700_000_000_500)
    #expect(walk.times.count == 2500)
  }

  @Test(
    "what is no list of messages is refused",
    arguments: [.null, [:], ["messages": []], ["messages": ["records": .null]], ["error": "x"]] as [JSONValue])
  func malformed(_ answer: JSONValue) {
    var pages = MessagePages(fromMs: 0, toMs: 1000)
    #expect(throws: MessagePages.Malformed()) { try pages.take(answer) }
  }

  @Test("a server that always promises another page is believed no longer than there are messages")
  func endless() throws {
    var pages = MessagePages(fromMs: 0, toMs: 1000)
    let promise: JSONValue = ["messages": ["pages": 9, "records": []]]
    let step = try pages.take(promise)
    #expect(step == .store([], upToMs: 1000))
    #expect(pages.next == .done)
    var more = MessagePages(fromMs: 0, toMs: 1000)
    #expect(throws: MessagePages.Malformed()) { try more.take(["messages": ["pages": 1_000_000, "records": [[:]]]]) }
  }
}
