import EngineIO
import Testing

@Suite("Polling payloads")
struct PayloadTests {
  enum Read: Equatable {
    case text(PacketKind, String)
    case binary([UInt8])
  }

  func read(_ body: String) -> ([Read], PacketError?) {
    let bytes = Array(body.utf8)
    return bytes.withUnsafeBytes { raw in
      var reader = PayloadReader(raw)
      var packets: [Read] = []
      do throws(PacketError) {
        while let packet = try reader.next() {
          switch packet {
          case .text(let kind, let range): packets.append(.text(kind, String(decoding: raw[range], as: UTF8.self)))
          case .binary(let bytes): packets.append(.binary(bytes))
          }
        }
        return (packets, nil)
      } catch {
        #expect((try? reader.next()) == .some(nil), "after an error there is nothing more")
        return (packets, error)
      }
    }
  }

  @Test("packets are split at the separator, binary ones decoded")
  func reads() {
    let (packets, error) = read("4hello\u{1e}2\u{1e}bAQIDBA==\u{1e}4")
    #expect(packets == [.text(.message, "hello"), .text(.ping, ""), .binary([1, 2, 3, 4]), .text(.message, "")])
    #expect(error == nil)
  }

  @Test(
    "a bad packet stops the rest, those before it count",
    arguments: [
      ("", 0, PacketError.empty), ("4a\u{1e}", 1, .empty), ("4a\u{1e}\u{1e}4b", 1, .empty), ("4a\u{1e}7", 1, .unknownKind),
      ("abc", 0, .unknownKind), ("4a\u{1e}b!!!!", 1, .badBase64), ("bA", 0, .badBase64),
    ] as [(String, Int, PacketError)])
  func stops(body: String, before: Int, expected: PacketError) {
    let (packets, error) = read(body)
    #expect(packets.count == before)
    #expect(error == expected)
  }

  @Test("missing padding passes, as in the reference")
  func lenientPadding() { #expect(read("bAQIDBA").0 == [.binary([1, 2, 3, 4])]) }

  @Test("a written body reads back, every length of binary included")
  func roundTrip() {
    for length in 0..<20 {
      let bytes = (0..<length).map { UInt8($0 * 37 & 0xFF) }
      var writer = PayloadWriter()
      Array("4x".utf8).withUnsafeBytes { writer.append(text: $0) }
      bytes.withUnsafeBytes { writer.append(binary: $0) }
      writer.append(.noop)
      #expect(writer.count == 3)
      #expect(read(String(decoding: writer.bytes, as: UTF8.self)).0 == [.text(.message, "x"), .binary(bytes), .text(.noop, "")])
    }
  }
}
