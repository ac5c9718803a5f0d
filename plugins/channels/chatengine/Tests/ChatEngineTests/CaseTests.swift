import HubModel
import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import ChatEngine

/// Golden pairs in `Cases/`: NAME.json is what the server says to one workspace, NAME.expected.json what it becomes.
/// `HUB_WRITE_CASES=1 swift test --filter ChatEngineTests.CaseTests` writes the expected files anew; read the difference before committing it.
@Suite struct CaseTests {
  @Test("every case gives exactly what its expected file says", arguments: Case.all)
  func golden(_ name: String) throws {
    let actual = PrettyJSON.text(Case.describe(try Case.play(name)))
    #expect(try actual == Case.pairs.expected(name, now: actual))
  }

  @Test("the same events give the same twice", arguments: Case.all)
  func deterministic(_ name: String) throws {
    #expect(try Case.play(name) == Case.play(name))
  }

  @Test("no expected file is without its case")
  func noOrphans() {
    #expect(Case.pairs.expectations == Set(Case.all))
  }

  @Test("within one kind no two events of a case share an id", arguments: Case.all)
  func distinctIDs(_ name: String) throws {
    let keys = try Case.play(name).flatMap(\.events).filter { $0.kind.isVolatile == false }.map { [$0.kind.rawValue, $0.id] }
    #expect(Set(keys).count == keys.count)
  }

  @Test("whatever else is in an item, its neighbours are read", arguments: Case.all)
  func siblings(_ name: String) throws {
    let good: JSONValue = ["id": "msg_good", "conversationId": "conv_good", "senderId": "ctc_1", "type": "text", "content": "oi"]
    for step in try Case.steps(name) {
      guard let arguments = step["args"]?.array, let event = step["event"]?.string, event == "message" else { continue }
      var workspace = Case.workspace([:])
      let items = arguments.flatMap { $0.array ?? [$0] }
      let parsed = workspace.read("message", [.array([7] + items + [.null, good])], at: Case.start)
      #expect(parsed.events.last?.id == "msg_good")
    }
  }
}

enum Case {
  static let pairs = GoldenPairs(ofTestsAt: #filePath)
  static let all = pairs.names
  /// 2026-01-05T12:00:02Z.
  static let start = Moment(wallMs: 1_767_614_402_000, clock: 1_000_000)

  static func steps(_ name: String) throws -> [JSONValue] { try document(name)["steps"]?.array ?? [] }

  static func workspace(_ document: JSONValue) -> Workspace {
    Workspace(
      id: "ws_norte", ownSenders: Set((document["ownSenders"]?.array ?? []).compactMap(\.string)), ownUser: document["ownUser"]?.string)
  }

  /// What each step of a case becomes: an event of the server, or milliseconds that pass.
  static func play(_ name: String) throws -> [Parsed] {
    let document = try document(name)
    var (workspace, moment) = (workspace(document), start)
    return (document["steps"]?.array ?? []).map { step in
      guard let milliseconds = step["pass"]?.int64 else {
        return workspace.read(step["event"]?.string ?? "", step["args"]?.array ?? [], at: moment)
      }
      moment = Moment(wallMs: moment.wallMs + milliseconds, clock: moment.clock + UInt64(milliseconds))
      return workspace.pass(to: moment)
    }
  }

  static func describe(_ steps: [Parsed]) -> JSONValue { .array(steps.map { describe($0) }) }

  private static func document(_ name: String) throws -> JSONValue { try JSONValue(parsing: pairs.bytes("\(name).json")) }

  private static func describe(_ parsed: Parsed) -> JSONValue {
    var result = GoldenEvents.json(parsed.events, drops: parsed.drops, unfamiliar: parsed.unfamiliar.map { "\($0.what) \($0.name)" })
    if parsed.conversations.isEmpty == false { result.append("named", .array(parsed.conversations.map(JSONValue.string))) }
    result.add("serverError", text: parsed.serverError)
    return .object(result)
  }
}
