import OrderedJSON
import Testing

@testable import Evolution

@Suite struct BulkBytesTests {
  private static func elided(_ text: String) -> String? {
    Array(text.utf8).withUnsafeBytes { BulkBytes.elided($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func buffer(_ count: Int) -> String { "{\"type\":\"Buffer\",\"data\":[\(list(count))]}" }
  private static func list(_ count: Int) -> String { (0..<count).map { String($0 % 256) }.joined(separator: ",") }
  private static func object(_ count: Int) -> String { "{" + (0..<count).map { "\"\($0)\":\($0 % 256)" }.joined(separator: ",") + "}" }

  @Test("many bytes in either form are taken out, digests and everything else stay")
  func elides() {
    #expect(Self.elided("{\"a\":\(Self.buffer(65)),\"b\":1}") == #"{"a":{"type":"Buffer","data":[]},"b":1}"#)
    #expect(Self.elided("[\(Self.object(65)),\(Self.object(300))]") == #"[{"_placeholder":true},{"_placeholder":true}]"#)
    for kept in [
      Self.buffer(64), Self.object(64), "[\(Self.list(500))]", "{\"data\":[\(Self.list(500))]}",
      "{\"type\":\"Buffer\",\"data\":[\(Self.list(80)),\"x\"]}", "{\"type\":\"Buffer\",\"data\":[\(Self.list(80))",
      "{\"1\":0,\"0\":1}", "{\"type\":\"Buffer\",\"data\":[\(String(repeating: "1000,", count: 80))1]}",
      "\"\\\"type\\\":\\\"Buffer\\\",\\\"data\\\":[\(Self.list(80))]\"",
      "\"{\\\"0\\\":\(Self.list(80))\"", "", "\"", "\"\\",
    ] {
      #expect(Self.elided(kept) == nil, "\(kept.prefix(40))")
    }
  }

  @Test("a file of 20 MB as a buffer is understood, and no more is kept of it than of the same event without", .timeLimit(.minutes(1)))
  func large() throws {
    func body(_ thumbnail: String) -> [UInt8] {
      Array(
        """
        {"event":"messages.upsert","instance":"loja-centro","data":{"key":{"remoteJid":"5511991230001@s.whatsapp.net","id":"A"},\
        "messageTimestamp":1767625200,"message":{"imageMessage":{"caption":"olha","jpegThumbnail":\(thumbnail)}}}}
        """.utf8)
    }
    let large = body("{\"type\":\"Buffer\",\"data\":[\(String(repeating: "7,", count: 20_000_000))7]}")
    let parsed = large.withUnsafeBytes { EnvelopeParser.sample.parse($0) }
    #expect(parsed == body("null").withUnsafeBytes { EnvelopeParser.sample.parse($0) })
    #expect(parsed.events.count == 1)
  }
}
