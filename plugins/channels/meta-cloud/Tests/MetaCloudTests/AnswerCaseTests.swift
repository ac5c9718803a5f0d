import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import MetaCloud

/// Golden pairs in `Cases/answers`: NAME.json holds what the Graph API may answer, NAME.expected.json what each answer means.
@Suite struct AnswerCaseTests {
  /// Monday, 5 January 2026, 16:20 UTC.
  private static let nowMs: Int64 = 1_767_630_000_000
  private static let pairs = GoldenPairs(ofTestsAt: #filePath, in: "answers")

  @Test("every answer means exactly what its expected file says", arguments: AnswerCaseTests.pairs.names)
  func golden(_ name: String) throws {
    let actual = PrettyJSON.text(["verdicts": .array(try Self.verdicts(name).map(\.described))])
    #expect(try actual == Self.pairs.expected(name, now: actual))
  }

  @Test("no expected file is without its case")
  func noOrphans() { #expect(Self.pairs.expectations == Set(Self.pairs.names)) }

  @Test("every code of the reference has a case")
  func complete() throws {
    let seen = try Self.pairs.names.flatMap { try Self.answers($0) }.compactMap { $0["body"]?["error"]?["code"]?.int64 }
    let known = (0..<3_000_000).filter { GraphErrorAction(code: $0) != nil && (201..<299).contains($0) == false }
    #expect(Set(known).subtracting(seen).isEmpty)
  }

  @Test("a message is never repeated unless nothing of it can have been sent", arguments: AnswerCaseTests.pairs.names)
  func neverTwice(_ name: String) throws {
    let file = try Self.file(name)
    guard file["stage"] == "message" else { return }
    for (answer, verdict) in zip(try Self.answers(name), try Self.verdicts(name)) {
      guard case .retry = verdict.outcome else { continue }
      let isUnsent = answer["written"] == false
      let isRefused = answer["body"]?["error"]?["code"] != nil || answer["status"] == 429
      #expect(isUnsent || isRefused, "\(answer)")
    }
  }

  @Test("no text of a refused token goes on: Meta repeats the token in it")
  func tokenStaysHere() throws {
    for verdict in try Self.verdicts("token") { #expect("\(verdict)".contains("EAAG") == false) }
  }

  private static func file(_ name: String) throws -> JSONValue { try JSONValue(parsing: try pairs.bytes("\(name).json")) }

  private static func answers(_ name: String) throws -> [JSONValue] { try file(name)["answers"]?.array ?? [] }

  private static func verdicts(_ name: String) throws -> [Verdict] {
    let file = try file(name)
    let stage = try #require(GraphStage(rawValue: file["stage"]?.string ?? ""))
    // The how-manieth attempt that fails for the very reason.
    let before = Int(file["attempt"]?.int64 ?? 1) - 1
    let reader = AnswerReader(stage: stage, failures: [.temporary: before, .pairLimit: before, .lostFile: before], nowMs: nowMs)
    return try answers(name).map { reader.read(try #require(GraphAnswer($0))) }
  }
}

extension GraphAnswer {
  /// Nil when the case is misspelt.
  init?(_ json: JSONValue) {
    if let status = json["status"]?.int64, let body = json["body"] {
      let bytes = body.string.map { Array($0.utf8) } ?? body.serialized()
      self = .answered(status: Int(status), retryAfter: json["retryAfter"]?.string, body: bytes)
    } else {
      let codes: [String: HubError.Code] = ["network": .failed, "forbidden": .denied, "invalid": .invalid, "busy": .busy]
      guard let code = json["failed"]?.string.flatMap({ codes[$0] }), let written = json["written"]?.bool else { return nil }
      self = .failed(HubHTTPFailure(code, wasWritten: written, json["reason"]?.string ?? ""))
    }
  }
}

extension Verdict {
  var described: JSONValue {
    var json = outcome.json
    if standing != .unsaid { json.append("standing", .string("\(standing)")) }
    if let held { json.append("held", .string(held)) }
    return .object(json)
  }
}
