import Testing

@testable import UpstreamSocket

@Suite("The server's packets")
struct PacketStreamTests {
  static let open = #"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

  private func opened(maxMessage: Int = 1000) throws -> PacketStream {
    var stream = PacketStream(maxMessage: maxMessage)
    #expect(try receive(&stream, Self.open) == .open(session: "s", silence: 45_000))
    return stream
  }

  private func receive(_ stream: inout PacketStream, _ text: String) throws -> PacketStream.Packet? {
    try stream.receive(text: Array(text.utf8))
  }

  @Test("pings, noops and the end of the session are told apart")
  func engine() throws {
    var stream = try opened()
    #expect(try receive(&stream, "2") == .ping(payload: []))
    #expect(try receive(&stream, "2probe") == .ping(payload: Array("probe".utf8)))
    #expect(try receive(&stream, "6") == nil)
    #expect(try receive(&stream, "1") == .close)
  }

  @Test("a ping interval below a second may be told as none")
  func noInterval() throws {
    var stream = PacketStream(maxMessage: 1000)
    #expect(try receive(&stream, #"0{"sid":"s","pingInterval":0,"pingTimeout":500}"#) == .open(session: "s", silence: 500))
    #expect(throws: PacketStream.Violation.self) {
      var none = PacketStream(maxMessage: 1000)
      _ = try receive(&none, #"0{"sid":"s","pingInterval":0,"pingTimeout":0}"#)
    }
  }

  @Test("namespaces are joined, refused with data, and left")
  func namespaces() throws {
    var stream = try opened()
    #expect(try receive(&stream, #"40{"sid":"a"}"#) == .joined(namespace: "/", socket: "a"))
    #expect(
      try receive(&stream, #"44/whatsapp,{"message":"unauthorized","data":{"code":"token_expired"}}"#)
        == .refused(namespace: "/whatsapp", message: "unauthorized", data: Array(#"{"code":"token_expired"}"#.utf8)))
    #expect(
      try receive(&stream, #"44/x,{"message":"Invalid namespace"}"#) == .refused(namespace: "/x", message: "Invalid namespace", data: nil))
    #expect(try receive(&stream, #"44/x,"plain words""#) == .refused(namespace: "/x", message: "plain words", data: nil))
    #expect(try receive(&stream, "41") == .left(namespace: "/"))
  }

  @Test("an event's arguments stay the text they were")
  func events() throws {
    var stream = try opened()
    #expect(
      try receive(&stream, #"42/a,7["message:new", {"b":1.0,"a":9007199254740993} ,[]]"#)
        == .event(
          namespace: "/a", name: "message:new", arguments: Array(#"[{"b":1.0,"a":9007199254740993} ,[]]"#.utf8), attachments: [], id: 7))
    #expect(
      try receive(&stream, #"42/a,["x"]"#)
        == .event(namespace: "/a", name: "x", arguments: Array("[]".utf8), attachments: [], id: nil))
    #expect(try receive(&stream, #"430["ok"]"#) == .answer(namespace: "/", id: 0, arguments: Array(#"["ok"]"#.utf8), attachments: []))
  }

  @Test("attachments are waited for, also when a ping comes between, and belong to nothing without a packet")
  func binary() throws {
    var stream = try opened()
    let arguments = #"[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
    #expect(try receive(&stream, #"452-/a,["qr",\#(arguments.dropFirst())"#) == nil)
    #expect(try stream.receive(binary: [1]) == nil)
    #expect(try receive(&stream, "2") == .ping(payload: []))
    #expect(
      try stream.receive(binary: [2])
        == .event(namespace: "/a", name: "qr", arguments: Array(arguments.utf8), attachments: [[1], [2]], id: nil))
    #expect(throws: PacketStream.Violation.self) { try stream.receive(binary: [3]) }
  }

  @Test("a message of WhatsApp may carry thousands of attachments")
  func many() throws {
    var stream = try opened(maxMessage: 100_000)
    let count = 20_000
    let placeholders = (0..<count).map { #"{"_placeholder":true,"num":\#($0)}"# }.joined(separator: ",")
    #expect(try receive(&stream, #"45\#(count)-["messages.set",[\#(placeholders)]]"#) == nil)
    var last: PacketStream.Packet?
    for number in 0..<count { last = try stream.receive(binary: [UInt8(truncatingIfNeeded: number)]) }
    guard case .event(_, "messages.set", _, let attachments, _) = last else {
      Issue.record("no event")
      return
    }
    #expect(attachments.count == count && attachments[300] == [44])
  }

  @Test("a text that was too large costs its event and its attachments, and says whose it was")
  func largeText() throws {
    var stream = try opened()
    let lost = try stream.skipped(isText: true, head: Array(#"452-/loja-centro,["messages.upsert""#.utf8), bytes: 70_000_000)
    #expect(lost == .lost(namespace: "/loja-centro", bytes: 70_000_000))
    #expect(try stream.receive(binary: [1]) == nil)
    #expect(try receive(&stream, "2") == .ping(payload: []))
    #expect(try stream.skipped(isText: false, head: [], bytes: 5000) == nil, "an attachment of an event that is lost already")
    #expect(try receive(&stream, #"42["next"]"#) != nil)
    #expect(throws: PacketStream.Violation.self) { try stream.receive(binary: [3]) }
  }

  @Test("attachments that are too large, one or together, cost their event", arguments: [true, false])
  func largeAttachment(together: Bool) throws {
    var stream = try opened()
    let text = #"453-/a,["qr",{"_placeholder":true,"num":0}]"#
    #expect(try receive(&stream, text) == nil)
    #expect(try stream.receive(binary: [UInt8](repeating: 1, count: 600)) == nil)
    let lost = PacketStream.Packet.lost(namespace: "/a", bytes: UInt64(text.utf8.count) + 600 + 500)
    if together {
      #expect(try stream.receive(binary: [UInt8](repeating: 1, count: 500)) == lost)
    } else {
      #expect(try stream.skipped(isText: false, head: [], bytes: 500) == lost)
    }
    #expect(try stream.receive(binary: [1]) == nil)
    #expect(try receive(&stream, #"42["next"]"#) != nil)
  }

  @Test(
    "an event that is too deep, or has too many arguments or attachments, costs itself and what is attached to it",
    arguments: [
      (#"42/a,["e","#, "[", 512, 0), (#"451-/a,["e",{"_placeholder":true,"num":0},"#, "[", 512, 1), (#"42/a,["e""#, #","e""#, 100_000, 0),
      (#"4565537-/a,["e",{"_placeholder":true,"num":0}]"#, "", 0, 65_537), (#"43/a,7["#, "[", 512, 0),
    ])
  func beyondLimits(_ beginning: String, unit: String, count: Int, attachments: Int) throws {
    let text = beginning + String(repeating: unit, count: count)
    var stream = try opened()
    #expect(try receive(&stream, text) == .lost(namespace: "/a", bytes: UInt64(text.utf8.count)))
    for _ in 0..<attachments { #expect(try stream.receive(binary: [1]) == nil) }
    #expect(try receive(&stream, "2") == .ping(payload: []))
    #expect(try receive(&stream, #"42/a,["next"]"#) != nil)
    #expect(throws: PacketStream.Violation.self) { try stream.receive(binary: [3]) }
  }

  @Test(
    "whose a message is shows at its beginning",
    arguments: [
      ("42/a,[\"x", "/a"), ("4210[\"x", "/"), ("42[", "/"), ("4512-/b-c,7[", "/b-c"), ("4512-[", "/"), ("42/endless", nil), ("42", nil),
      ("bAAAA", nil), ("", nil),
    ] as [(String, String?)])
  func heads(text: String, namespace: String?) {
    #expect(PacketStream.namespace(inHead: Array(text.utf8)) == namespace)
  }

  @Test(
    "garbage is a violation",
    arguments: ["", "x", "5", "49", "42{}", "42[", "40{}", "40", #"42["a"]x"#, "43x", "0{}"])
  func garbage(text: String) throws {
    var stream = try opened()
    #expect(throws: PacketStream.Violation.self) { try receive(&stream, text) }
  }

  @Test("the first packet must be a proper open", arguments: ["2", "40", "0", "0{}", #"0{"sid":"a","pingInterval":-1,"pingTimeout":1}"#])
  func first(text: String) {
    var stream = PacketStream(maxMessage: 1000)
    #expect(throws: PacketStream.Violation.self) { try receive(&stream, text) }
    #expect(throws: PacketStream.Violation.self) { try stream.skipped(isText: true, head: [], bytes: 2000) }
  }
}
