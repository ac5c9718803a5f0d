import OrderedJSON
import Testing

@testable import HubFakes

@Suite("Faults and time")
struct FaultTests {
  @Test("a fault meets the calls it names, as often as it says, after those it lets pass")
  func matching() throws {
    var list = FaultList()
    list.add(try Fault(["method": "POST", "path": "/messages", "count": 2, "skip": 1, "status": 500]))
    let call = FakeCall("POST", "/v23.0/1/messages")
    #expect(list.take(for: FakeCall("GET", "/v23.0/1/messages")) == nil && list.take(for: FakeCall("POST", "/v23.0/1/media")) == nil)
    #expect((0..<4).map { _ in list.take(for: call)?.status } == [nil, 500, 500, nil])
    #expect(list.faults.isEmpty)
  }

  @Test(
    "what is no fault is said to be none",
    arguments: [
      #"{}"#, #"{"stauts":500}"#, #"{"body":"longer"}"#, #"{"status":700}"#, #"{"connection":"gone"}"#, #"{"status":500,"count":0}"#,
      #"{"status":500,"skip":-1}"#,
    ])
  func problems(text: String) throws {
    let json = try #require(try JSONValue(parsing: text).object)
    #expect(throws: Fault.Problem.self) { try Fault(json) }
  }

  @Test("a body that is tampered with has one byte that is another, or one byte less")
  func tampering() {
    let answer = FakeAnswer(status: 200, body: [1, 2, 3])
    #expect(Fault.Tampering.altered.applied(to: answer).body == [1, 2, 2] && Fault.Tampering.shorter.applied(to: answer).body == [1, 2])
    #expect(Fault.Tampering.shorter.applied(to: FakeAnswer(status: 404, body: [])).body.isEmpty)
  }

  @Test(
    "lengths of time",
    arguments: [
      ("250", 250), ("250ms", 250), ("1.5s", 1500), ("2m", 120_000), ("6h", 21_600_000), ("7d", 604_800_000), ("-3h", -10_800_000),
      ("x", nil), ("s", nil),
    ] as [(String, Int64?)])
  func spans(text: String, milliseconds: Int64?) {
    #expect(Span.milliseconds(text) == milliseconds)
  }

  @Test("what is due is had by moment, and for one moment in order")
  func agenda() {
    var agenda = Agenda<String>()
    for (item, moment) in [("b", 2), ("a", 1), ("c", 2), ("d", 3)] as [(String, Moment)] { agenda.add(item, at: moment) }
    var taken: [String] = []
    while let (_, item) = agenda.take(until: 2) { taken.append(item) }
    #expect(taken == ["a", "b", "c"] && agenda.next == 3)
  }

  @Test("a target is decoded: segments, parameters, and a body that is JSON or not")
  func calls() {
    let call = FakeCall("GET", "/message/sendText/oficina%20e9+f2?apikey=a%26b+c&x", headers: [("APIKEY", "k")], body: Array("{".utf8))
    #expect(call.path == ["message", "sendText", "oficina e9+f2"] && call.parameter("apikey") == "a&b c" && call.parameter("x") == "")
    #expect(call.header("apikey") == "k" && call.json == nil)
  }
}
