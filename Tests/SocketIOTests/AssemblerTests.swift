import SocketIO
import Testing

@Suite("Binary packets")
struct AssemblerTests {
  var assembler = PacketAssembler()
  let limits = DecodeLimits()

  mutating func text(_ text: String) throws(DecodeError) -> PacketAssembler.Assembled? {
    try assembler.receive(text: Array(text.utf8), from: 0, limits: limits)
  }

  @Test("attachments that follow complete the packet")
  mutating func completes() throws {
    #expect(try text("52-[\"a\",{\"_placeholder\":true,\"num\":1},[{\"num\":0,\"_placeholder\":true}]]") == nil)
    #expect(try assembler.receive(binary: [1], limits: limits) == nil)
    let whole = try #require(try assembler.receive(binary: [2, 3], limits: limits))
    #expect(whole.attachments == [[1], [2, 3]])
    #expect(try text("2[\"b\"]") != nil, "the next packet starts afresh")
  }

  @Test("what does not follow ends the connection")
  mutating func interrupted() throws {
    #expect(throws: DecodeError.unexpectedBinary) { try assembler.receive(binary: [1], limits: limits) }
    #expect(try text("51-[\"a\",{\"_placeholder\":true,\"num\":0}]") == nil)
    #expect(throws: DecodeError.missingAttachment) { try text("2[\"a\"]") }
  }

  @Test(
    "a placeholder must name an attachment",
    arguments: ["1", "-1", "\"0\"", "null", "0.5", "1e400"])
  mutating func placeholders(number: String) throws {
    #expect(try text("51-[\"a\",{\"b\":[{\"_placeholder\":true,\"num\":\(number)}]}]") == nil)
    #expect(throws: DecodeError.badPlaceholder) { try assembler.receive(binary: [1], limits: limits) }
  }

  @Test("in a text event a placeholder is plain data")
  mutating func plain() throws {
    #expect(try text("2[\"a\",{\"_placeholder\":true,\"num\":5}]") != nil)
  }

  @Test("the bytes of all attachments are limited together")
  mutating func tooLarge() throws {
    let limits = DecodeLimits(attachmentBytes: 3)
    #expect(try assembler.receive(text: Array("52-[\"a\"]".utf8), from: 0, limits: limits) == nil)
    #expect(try assembler.receive(binary: [1, 2], limits: limits) == nil)
    #expect(throws: DecodeError.attachmentsTooLarge) { try assembler.receive(binary: [1, 2], limits: limits) }
  }

  @Test("placeholders are numbered in the order they stand, with their exact text")
  func arranged() throws {
    let text = #"[{"num":1,"_placeholder":true,"x":0},{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1},1.0]"#
    let arranged = try BinaryArguments.arrange(text.utf8, attachments: 2, limits: DecodeLimits(depth: 16))
    #expect(
      String(decoding: arranged.text, as: UTF8.self)
        == #"[{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":2},1.0]"#)
    #expect(arranged.order == [1, 0, 1])
  }
}
