import Foundation
import HubModel
import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import Evolution

/// Golden pairs in `Cases/`: NAME.json is an envelope, NAME.expected.json what it becomes.
/// `HUB_WRITE_CASES=1 swift test --filter EvolutionTests.CaseTests` writes the expected files anew; read the difference before committing it.
@Suite struct CaseTests {
  @Test("every case gives exactly what its expected file says", arguments: Case.all)
  func golden(_ name: String) throws {
    let actual = PrettyJSON.text(Case.describe(try Case.parse(name)))
    #expect(try actual == Case.pairs.expected(name, now: actual))
  }

  @Test("the same envelope gives the same events twice", arguments: Case.all)
  func deterministic(_ name: String) throws {
    #expect(try Case.parse(name) == Case.parse(name))
  }

  @Test("no expected file is without its case")
  func noOrphans() {
    #expect(Case.pairs.expectations == Set(Case.all))
  }

  @Test("within one kind no two events of an envelope share an id", arguments: Case.all)
  func distinctIDs(_ name: String) throws {
    let keys = try Case.parse(name).events.filter { $0.kind.isVolatile == false }.map { [$0.kind.rawValue, $0.id] }
    #expect(Set(keys).count == keys.count)
  }

  @Test("no key of the server, no key of media and no bytes are in any event", arguments: Case.all)
  func noSecrets(_ name: String) throws {
    let text = Case.describe(try Case.parse(name)).description
    for word in ["NEVER", "never", "apikey", "api_key", "mediaKey", "c2VjcmV0", "AR6secret", "t0p", "_placeholder", "/9j/"] {
      #expect(text.contains(word) == false, "\(word)")
    }
  }

  @Test("bytes changed at random give events with ids and accounts, or counted drops", arguments: Case.all)
  func changed(_ name: String) throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = try Case.bytes("\(name).json")
    for _ in 0..<100 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        changed[Int.random(in: 0..<changed.count, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
      }
      let parsed = changed.withUnsafeBytes { EnvelopeParser.sample.parse($0) }
      #expect(
        parsed.events.allSatisfy { EnvelopeParser.sample.instances.contains($0.account) && ($0.kind.isVolatile || $0.id.isEmpty == false) })
    }
  }

  @Test("what is cut short anywhere gives events or a counted drop, and never ends the program", arguments: Case.all)
  func truncated(_ name: String) throws {
    let bytes = try Case.bytes("\(name).json")
    for length in stride(from: 0, to: bytes.count - 1, by: 7) {
      let parsed = bytes.prefix(length).withUnsafeBytes { EnvelopeParser.sample.parse($0) }
      #expect(parsed.drops[.malformedBody] == 1 && parsed.events.isEmpty)
    }
  }
}

enum Case {
  static let pairs = GoldenPairs(ofTestsAt: #filePath)
  static let all = pairs.names

  static func bytes(_ file: String) throws -> [UInt8] { try pairs.bytes(file) }

  static func parse(_ name: String) throws -> ParsedEnvelope {
    try bytes("\(name).json").withUnsafeBytes { EnvelopeParser.sample.parse($0) }
  }

  static func describe(_ parsed: ParsedEnvelope) -> JSONValue {
    var result = GoldenEvents.json(parsed.events, drops: parsed.drops, unfamiliar: parsed.unfamiliar.map { "\($0.what) \($0.name)" })
    if let error = parsed.serverError {
      result.append("serverError", ["error": .string(error.error), "message": .string(error.message), "status": .string(error.status)])
    }
    result.add("strangeInstance", text: parsed.strangeInstance)
    return .object(result)
  }
}

extension EnvelopeParser {
  /// Two instances, in 2026.
  static let sample = EnvelopeParser(instances: ["loja-centro", "oficina_e9f2ed4d"], receivedMs: 1_767_630_000_000)

  func parse(_ text: String) -> ParsedEnvelope { Array(text.utf8).withUnsafeBytes { parse($0) } }
}
