import Testing

@testable import UpstreamSocket

@Suite("The client's packets")
struct ClientSessionTests {
  private func opened() -> ClientSession {
    var session = ClientSession(maxMessage: 1000)
    let outputs = session.receive(
      text: Array(#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#.utf8))
    #expect(outputs == [.expect(milliseconds: 45_000), .tell(.connected(session: "s"))])
    return session
  }

  private func receive(_ session: inout ClientSession, _ text: String) -> [ClientSession.Output] {
    session.receive(text: Array(text.utf8))
  }

  @Test("a ping is answered and buys the server time")
  func ping() {
    var session = opened()
    #expect(receive(&session, "2") == [.send(Array("3".utf8)), .expect(milliseconds: 45_000)])
  }

  @Test("namespaces are joined, refused with data, and left")
  func namespaces() {
    var session = opened()
    #expect(session.join("/", auth: nil) == Array("40".utf8))
    #expect(session.join("/whatsapp", auth: Array(#"{"token":"t"}"#.utf8)) == Array(#"40/whatsapp,{"token":"t"}"#.utf8))
    #expect(receive(&session, #"40{"sid":"a"}"#) == [.tell(.joined(namespace: "/", socket: "a"))])
    #expect(
      receive(&session, #"44/whatsapp,{"message":"unauthorized","data":{"code":"token_expired"}}"#)
        == [.tell(.refused(namespace: "/whatsapp", message: "unauthorized", data: Array(#"{"code":"token_expired"}"#.utf8)))])
    #expect(
      receive(&session, #"44/x,{"message":"Invalid namespace"}"#) == [
        .tell(.refused(namespace: "/x", message: "Invalid namespace", data: nil))
      ])
    #expect(session.isJoined("/") && !session.isJoined("/whatsapp"))
    #expect(receive(&session, "41") == [.tell(.left(namespace: "/"))])
    #expect(!session.isJoined("/"))
  }

  @Test("an event's arguments stay the text they were")
  func events() {
    var session = opened()
    _ = receive(&session, #"40/a,{"sid":"a"}"#)
    #expect(
      receive(&session, #"42/a,7["message:new", {"b":1.0,"a":9007199254740993} ,[]]"#)
        == [
          .tell(
            .event(
              namespace: "/a", name: "message:new", arguments: Array(#"[{"b":1.0,"a":9007199254740993} ,[]]"#.utf8), attachments: [],
              ack: 7))
        ])
    #expect(
      receive(&session, #"42/a,["x"]"#) == [
        .tell(.event(namespace: "/a", name: "x", arguments: Array("[]".utf8), attachments: [], ack: nil))
      ])
    #expect(receive(&session, #"42/b,["x"]"#) == [])
  }

  @Test("attachments are waited for")
  func binary() {
    var session = opened()
    _ = receive(&session, #"40{"sid":"a"}"#)
    let text = #"452-["qr",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
    #expect(receive(&session, text) == [])
    #expect(session.receive(binary: [1]) == [])
    guard case .tell(.event(_, "qr", _, [[1], [2]], nil)) = session.receive(binary: [2]).first else {
      Issue.record("no event")
      return
    }
    #expect(session.receive(binary: [3]) == [.end("parse error")])
  }

  @Test("an answer finds its emit")
  func acks() {
    var session = opened()
    let id = session.nextID()
    #expect(session.event("join", arguments: Array(#"["c1"]"#.utf8), namespace: "/", id: id) == Array(#"420["join","c1"]"#.utf8))
    #expect(session.event("join", arguments: Array("nonsense".utf8), namespace: "/", id: 1) == nil)
    #expect(receive(&session, #"430["ok"]"#) == [.answer(0, Array(#"["ok"]"#.utf8), attachments: [])])
    #expect(session.nextID() == 1)
  }

  @Test(
    "garbage ends the connection",
    arguments: ["", "x", "1", "5", "49", "42{}", "42[", "40{}", #"42["connect"]"#.replacing("connect", with: "a") + "x", "43x"])
  func garbage(text: String) {
    var session = opened()
    guard case .end = receive(&session, text).last else {
      Issue.record("still open after \(text)")
      return
    }
  }

  @Test("the first packet must be a proper open", arguments: ["2", "40", "0", "0{}", #"0{"sid":"a","pingInterval":-1,"pingTimeout":1}"#])
  func open(text: String) {
    var session = ClientSession(maxMessage: 1000)
    guard case .end = receive(&session, text).last else {
      Issue.record("accepted \(text)")
      return
    }
  }
}
