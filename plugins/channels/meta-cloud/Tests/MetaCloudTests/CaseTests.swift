import Foundation
import HubModel
import HubTesting
import OrderedJSON
import Testing

@testable import MetaCloud

/// Golden pairs in `Cases/`: NAME.json is a webhook body, NAME.expected.json what it becomes.
/// `HUB_WRITE_CASES=1 swift test --filter CaseTests` writes the expected files anew; read the difference before committing it.
@Suite struct CaseTests {
  @Test("every case gives exactly what its expected file says", arguments: Case.all)
  func golden(_ name: String) throws {
    let webhook = WebhookParser.sample.parse(try Case.bytes("\(name).json"))
    let actual = PrettyJSON.text(Case.describe(webhook))
    #expect(try actual == Case.pairs.expected(name, now: actual))
  }

  @Test("the same body gives the same events twice", arguments: Case.all)
  func deterministic(_ name: String) throws {
    let bytes = try Case.bytes("\(name).json")
    #expect(WebhookParser.sample.parse(bytes) == WebhookParser.sample.parse(bytes))
  }

  @Test("no expected file is without its case")
  func noOrphans() {
    #expect(Case.pairs.expectations == Set(Case.all))
  }

  @Test("within one account and kind no two elements of a body share an id", arguments: Case.all)
  func distinctIDs(_ name: String) throws {
    let events = WebhookParser.sample.parse(try Case.bytes("\(name).json")).events
    let keys = events.map { [$0.account, $0.kind.rawValue, $0.id] }
    #expect(Set(keys).count == keys.count)
  }
}

enum Case {
  static let pairs = GoldenPairs(ofTestsAt: #filePath)
  static let all = pairs.names

  static func bytes(_ file: String) throws -> [UInt8] { try pairs.bytes(file) }

  static func describe(_ webhook: ParsedWebhook) -> JSONValue {
    let events = webhook.events.map { event -> JSONValue in
      [
        "kind": .string(event.kind.rawValue), "id": .string(event.id), "account": .string(event.account),
        "conversation": .string(event.conversation), "time": .string(Timestamp(milliseconds: event.timeMs).iso8601), "body": event.json,
      ]
    }
    var result: JSONObject = ["events": .array(events)]
    if webhook.drops.isEmpty == false {
      let drops = webhook.drops.sorted { $0.key.rawValue < $1.key.rawValue }
      result.append("drops", .object(JSONObject(drops.map { ($0.key.rawValue, .number(JSONNumber(Int64($0.value)))) })))
    }
    if webhook.unfamiliar.isEmpty == false {
      result.append("unfamiliar", .array(webhook.unfamiliar.map { .string("\($0.what) \($0.name)") }))
    }
    return .object(result)
  }
}

extension ChannelEvent {
  /// The body as a value; null, which no test expects, when it is not JSON.
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

extension WebhookParser {
  /// Two numbers of one business account and one of another, in 2026.
  static let sample = WebhookParser(
    directory: AccountDirectory([
      "118273645509812": .init(waba: "203948571209384", phone: "5511940001000", tenant: "norte"),
      "118273645509899": .init(waba: "203948571209384", phone: "554733210900", tenant: "norte"),
      "220011223344556": .init(waba: "990000000000001", tenant: "sul"),
    ]), receivedMs: 1_767_630_000_000)

  func parse(_ text: String) -> ParsedWebhook { parse(Array(text.utf8)) }
}
