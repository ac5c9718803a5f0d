import SocketIO
import Testing

@Suite("Decoding packets")
struct DecoderTests {
  struct Decoded: Equatable {
    var type: PacketType
    var namespace = ""
    var id: UInt64?
    var elements: [String] = []
    var attachments = 0
  }

  func decode(_ text: String) throws(DecodeError) -> Decoded {
    let result = Array(text.utf8).withUnsafeBytes { raw in
      Result { () throws(DecodeError) in
        let packet = try PacketDecoder.decode(raw)
        if packet.type == .event { _ = try PacketDecoder.name(of: packet, in: raw) }
        return Decoded(
          type: packet.type, namespace: String(decoding: raw[packet.namespace], as: UTF8.self), id: packet.id,
          elements: packet.elements.map { String(decoding: raw[$0], as: UTF8.self) }, attachments: packet.attachmentCount)
      }
    }
    return try result.get()
  }

  @Test(
    "legal packets",
    arguments: [
      ("0", Decoded(type: .connect)), ("0{}", Decoded(type: .connect)), ("0/custom", Decoded(type: .connect, namespace: "/custom")),
      ("0/x?y=1,{\"token\":\"1\"}", Decoded(type: .connect, namespace: "/x?y=1")), ("1", Decoded(type: .disconnect)),
      ("1/custom,", Decoded(type: .disconnect, namespace: "/custom")), ("2[\"a\"]", Decoded(type: .event, elements: ["\"a\""])),
      ("2/n,12[\"a\",1,{\"b\":[2]}]", Decoded(type: .event, namespace: "/n", id: 12, elements: ["\"a\"", "1", "{\"b\":[2]}"])),
      ("2[1,2.50]", Decoded(type: .event, elements: ["1", "2.50"])),
      ("29007199254740991[\"a\"]", Decoded(type: .event, id: 9_007_199_254_740_991, elements: ["\"a\""])),
      ("37[]", Decoded(type: .ack, id: 7)), ("3/n,7[null]", Decoded(type: .ack, namespace: "/n", id: 7, elements: ["null"])),
      (
        "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        Decoded(type: .binaryEvent, elements: ["\"a\"", "{\"_placeholder\":true,\"num\":0}"], attachments: 1)
      ),
      ("50-[\"a\"]", Decoded(type: .binaryEvent, elements: ["\"a\""])),
      ("61-/n,3[]", Decoded(type: .binaryAck, namespace: "/n", id: 3, attachments: 1)),
    ])
  func legal(text: String, expected: Decoded) throws {
    #expect(try decode(text) == expected)
  }

  @Test(
    "illegal packets",
    arguments: [
      ("", DecodeError.unknownType), ("7", .unknownType), ("abc", .unknownType), ("2", .badPayload), ("2{}", .badJSON),
      ("2\"a\"", .badJSON),
      ("2[]", .badPayload), ("2[null]", .badPayload), ("2[{}]", .badPayload), ("2[true]", .badPayload), ("2[\"a\"", .badJSON),
      ("2[\"a\"]x", .badJSON), ("2x[\"a\"]", .badJSON), ("3", .badPayload), ("3{}", .badJSON), ("0[]", .badPayload), ("0null", .badPayload),
      ("0\"x\"", .badPayload), ("0true", .badPayload), ("0{}x", .badJSON), ("0{", .badJSON), ("1{}", .badPayload), ("1/n,[]", .badPayload),
      ("5[\"a\"]", .badAttachmentCount), ("5x-[\"a\"]", .badAttachmentCount), ("511-[\"a\"]", .beyondLimits),
      ("5-[\"a\"]", .badAttachmentCount), ("599999999999999999999999-[\"a\"]", .beyondLimits), ("511[\"a\"]", .badAttachmentCount),
      ("51[\"a\"]", .badAttachmentCount), ("29007199254740992[\"a\"]", .badID), ("2\(String(repeating: "9", count: 400))[\"a\"]", .badID),
      ("2[\"disconnect\"]", .reservedName), ("2[\"conn\\u0065ct\"]", .reservedName), ("2[\"newListener\",1]", .reservedName),
      ("2[\"a\",\"\u{1}\"]", .badJSON),
    ] as [(String, DecodeError)])
  func illegal(text: String, expected: DecodeError) {
    #expect(throws: expected) { try decode(text) }
  }

  @Test("nesting is capped")
  func depth() {
    let deep = "2[\"a\",\(String(repeating: "[", count: 100_000))"
    #expect(throws: DecodeError.beyondLimits) { try decode(deep) }
    #expect(throws: DecodeError.beyondLimits) { try decode("2[\(Array(repeating: "\"a\"", count: 10_001).joined(separator: ","))]") }
    let legal = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(throws: Never.self) { try decode("2[\"a\",\(legal)]") }
  }

  @Test("no cut of a legal packet crashes")
  func cuts() {
    let text = "51-/whatsapp,13[\"naïve\",{\"_placeholder\":true,\"num\":0},\"\\ud800\",1.5e3]"
    for length in 0...text.utf8.count {
      let cut = Array(text.utf8.prefix(length))
      cut.withUnsafeBytes { _ = try? PacketDecoder.decode($0) }
    }
  }
}
