import HubTesting
import Testing

@testable import WebSocketFrames

func compressed(_ bytes: [UInt8], by deflater: Deflater = Deflater(.message(windowBits: 15))) -> [UInt8] {
  var output: [UInt8] = []
  bytes.withUnsafeBytes { deflater.compress($0, to: &output) }
  return output
}

func noise(_ count: Int, seed: UInt64 = 7) -> [UInt8] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in .random(in: .min ... .max, using: &random) }
}

@Suite("Compression of messages")
struct DeflateTests {
  let hello = Array("Hello".utf8)

  @Test("the examples of RFC 7692 §7.2.3 are what is written and what is understood")
  func rfcExamples() throws {
    #expect(compressed(hello) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    let keeping = Deflater(.message(windowBits: 15), keepsContext: true)
    #expect(compressed(hello, by: keeping) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
    #expect(compressed(hello, by: keeping) == [0xF2, 0x00, 0x11, 0x00, 0x00])
    #expect(compressed([]) == [0x00])

    let reader = Inflater(keepsContext: true)
    #expect(try reader.message([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], limit: 5) == hello)
    #expect(try reader.message([0xF2, 0x00, 0x11, 0x00, 0x00], limit: 5) == hello, "a reference to the message before")
    let plain = Inflater()
    #expect(try plain.message([0x00], limit: 1) == [])
    #expect(try plain.message([0x00, 0x05, 0x00, 0xFA, 0xFF] + hello + [0x00], limit: 5) == hello, "a block that isn't compressed")
    #expect(try plain.message([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], limit: 5) == hello, "a block marked as the last")
    #expect(try plain.message([0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00], limit: 5) == hello)
  }

  @Test("messages of any size and kind come back, at every window", arguments: 9...15)
  func roundTrip(windowBits: Int) throws {
    let (writer, reader) = (Deflater(.message(windowBits: windowBits)), Inflater())
    let (keepingWriter, keepingReader) = (
      Deflater(.message(windowBits: windowBits), keepsContext: true), Inflater(windowBits: windowBits, keepsContext: true)
    )
    let text = Array(String(repeating: #"{"conversation":"5511999990000","text":"olá"},"#, count: 4000).utf8)
    for payload in [[], [0], hello, noise(1), noise(16384), noise(16385), noise(300_000), text, Array(text.prefix(16384)), text] {
      #expect(try reader.message(compressed(payload, by: writer), limit: payload.count) == payload)
      #expect(try keepingReader.message(compressed(payload, by: keepingWriter), limit: payload.count) == payload)
    }
  }

  @Test("without a context every message stands alone; with one, repetition costs next to nothing")
  func context() throws {
    let payload = noise(2000)
    let (alone, keeping) = (Deflater(.message(windowBits: 15)), Deflater(.message(windowBits: 15), keepsContext: true))
    #expect(compressed(payload, by: alone) == compressed(payload, by: alone))
    #expect(compressed(payload, by: keeping).count >= 2000)
    #expect(compressed(payload, by: keeping).count < 100)
  }

  @Test("a context outlives a block marked as the last")
  func contextAfterLastBlock() throws {
    let reader = Inflater(keepsContext: true)
    #expect(try reader.message([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], limit: 5) == hello)
    #expect(try reader.message([0xF2, 0x00, 0x11, 0x00, 0x00], limit: 5) == hello)
  }

  @Test("a message may have exactly the limit; one byte more is refused", arguments: [1, 5, 16383, 16384, 16385, 100_000])
  func limit(count: Int) throws {
    let reader = Inflater()
    for payload in [[UInt8](repeating: 0x61, count: count), noise(count)] {
      #expect(try reader.message(compressed(payload), limit: count) == payload)
      #expect(throws: InflateError.overLimit) { try reader.message(compressed(payload), limit: count - 1 == 0 ? -1 : count - 1) }
      #expect(try reader.message(compressed(payload), limit: 0) == payload, "the inflater is as new after a refusal")
    }
  }

  @Test("what is no compressed data, or was cut off, is refused")
  func malformed() {
    let reader = Inflater()
    let whole = compressed(noise(500) + [UInt8](repeating: 0x61, count: 5000))
    for payload in [[0xFF, 0xFF, 0xFF], Array(whole.prefix(100)), Array(whole.dropLast(8)), [0x06, 0x00]] {
      #expect(throws: InflateError.malformed) { try reader.message(payload, limit: 100_000) }
    }
    // A reference to before the beginning: nobody's earlier message shows through.
    _ = try? reader.message(compressed(hello), limit: 5)
    #expect(throws: InflateError.malformed) { try reader.message([0xF2, 0x00, 0x11, 0x00, 0x00], limit: 5) }
  }

  @Test("HTTP containers have the right frame")
  func containers() throws {
    let body = Array(String(repeating: "body ", count: 1000).utf8)
    let gzip = compressed(body, by: Deflater(.gzip))
    #expect(gzip.prefix(3) == [0x1F, 0x8B, 0x08])
    // The trailer tells the length (RFC 1952 §2.3.1).
    #expect(gzip.suffix(4) == [UInt8(5000 & 0xFF), UInt8(5000 >> 8), 0, 0])
    let zlib = compressed(body, by: Deflater(.zlib))
    #expect(zlib.first == 0x78)
    // Between two bytes of header and four of checksum lie plain blocks; the last one is marked.
    #expect(throws: Never.self) { try Inflater().message(Array(zlib.dropFirst(2).dropLast(4)), limit: 5000) }
    #expect(try Inflater().message(Array(gzip.dropFirst(10).dropLast(8)), limit: 5000) == body)
    let twice = Deflater(.gzip)
    #expect(compressed(body, by: twice) == compressed(body, by: twice), "a deflater is as new after a body")
  }
}
