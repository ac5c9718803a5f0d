import SocketIO
import Testing

@Suite("Writing packets")
struct WriterTests {
  func written(_ body: (inout [UInt8]) -> Void) -> String {
    var output = Array("4".utf8)
    body(&output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("events")
  func events() {
    #expect(written { PacketWriter.event("a", arguments: Array("[]".utf8), namespace: "/", to: &$0) } == #"42["a"]"#)
    #expect(
      written { PacketWriter.event("a\"\n", arguments: Array(" [ 1, {\"b\": 2} ] ".utf8), namespace: "/n", id: 3, to: &$0) }
        == #"42/n,3["a\"\n",1, {"b": 2}]"#)
    #expect(written { PacketWriter.event("a", arguments: Array("[1]".utf8), namespace: "/", attachments: 2, to: &$0) } == #"452-["a",1]"#)
  }

  @Test("a recovery offset is the last argument")
  func offset() {
    #expect(
      written { PacketWriter.event("a", arguments: Array("[1]".utf8), namespace: "/", offset: "7.0", to: &$0) } == #"42["a",1,"7.0"]"#)
    #expect(written { PacketWriter.event("a", arguments: Array("[]".utf8), namespace: "/", offset: "7.0", to: &$0) } == #"42["a","7.0"]"#)
  }

  @Test("arguments that are no array are not written", arguments: ["", "[", "]", "{}", "1", " "])
  func notAnArray(arguments: String) {
    var output: [UInt8] = [1]
    #expect(PacketWriter.event("a", arguments: Array(arguments.utf8), namespace: "/", to: &output) == false)
    #expect(PacketWriter.ack(1, arguments: Array(arguments.utf8), namespace: "/", to: &output) == false)
    #expect(output == [1])
  }

  @Test("answers, and an empty one")
  func acks() {
    #expect(written { PacketWriter.ack(12, arguments: Array("[]".utf8), namespace: "/", to: &$0) } == "4312[]")
    #expect(written { PacketWriter.ack(1, arguments: Array("[{\"ok\":true}]".utf8), namespace: "/n", to: &$0) } == #"43/n,1[{"ok":true}]"#)
    #expect(written { PacketWriter.ack(1, arguments: Array("[0]".utf8), namespace: "/n", attachments: 1, to: &$0) } == "461-/n,1[0]")
  }

  @Test("the answers to CONNECT")
  func connect() {
    #expect(written { PacketWriter.connect(namespace: "/", socket: "abc", to: &$0) } == #"40{"sid":"abc"}"#)
    #expect(written { PacketWriter.connect(namespace: "/n", socket: "abc", privateID: "p", to: &$0) } == #"40/n,{"sid":"abc","pid":"p"}"#)
    #expect(
      written { PacketWriter.connectError(namespace: "/n", message: "Invalid namespace", to: &$0) }
        == #"44/n,{"message":"Invalid namespace"}"#)
    #expect(
      written { PacketWriter.connectError(namespace: "/", message: "no", data: Array("{\"code\":1}".utf8), to: &$0) }
        == #"44{"message":"no","data":{"code":1}}"#)
    #expect(written { PacketWriter.disconnect(namespace: "/n", to: &$0) } == "41/n,")
    #expect(written { PacketWriter.disconnect(namespace: "/", to: &$0) } == "41")
  }
}
