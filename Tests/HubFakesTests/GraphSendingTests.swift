import OrderedJSON
import Testing

@testable import HubFakes

/// A Graph API with the number of the references' samples.
func makeGraph(_ change: (inout GraphOptions) -> Void = { _ in }) -> GraphProvider {
  var options = GraphOptions(
    numbers: [.init(id: "118273645509812"), .init(id: "220011223344556", phone: "5547999990000", waba: "990000000000001")],
    webhook: "http://hub.test/webhooks/whatsapp", appSecret: Array("hub-test-secret".utf8), verifyToken: "verify me")
  options.seed = 7
  change(&options)
  return GraphProvider(options)
}

@Suite("The Graph API: sending")
struct GraphSendingTests {
  static let customer = "5511991230001"
  private static let bearer = [("Authorization", "Bearer token")]

  private func send(_ graph: inout GraphProvider, _ message: JSONObject, number: String = "118273645509812", now: Moment = noon)
    -> FakeReply
  {
    var body: JSONObject = ["messaging_product": "whatsapp", "to": .string(Self.customer)]
    for member in message { body[member.key] = member.value }
    return graph.post("/v23.0/\(number)/messages", .object(body), headers: Self.bearer, now: now)
  }

  private func open(_ change: (inout GraphOptions) -> Void = { _ in }) throws -> GraphProvider {
    var graph = makeGraph(change)
    _ = try graph.demand("POST", "messages", ["from": .string(Self.customer)])
    return graph
  }

  @Test("the sample of the reference is taken, and its answer has the reference's form")
  func sample() throws {
    var graph = try open()
    let reply = graph.post("/v24.0/118273645509812/messages", try Golden.json("meta-send"), headers: Self.bearer)
    #expect(reply.answer.status == 200)
    let id = try #require(reply.answer.json?["messages"]?[0]?["id"]?.string)
    #expect(id.hasPrefix("wamid.HBgNNTUxMTk5MTIzMDAwMRUCABEYE"))
    #expect(
      reply.answer.json == [
        "messaging_product": "whatsapp", "contacts": [["input": "5511991230001", "wa_id": "5511991230001"]],
        "messages": [["id": .string(id)]],
      ])
    #expect(reply.effects.lines == ["← text to 5511991230001: Seu pedido saiu para entrega."])
  }

  @Test("a template is answered like the reference's answer, and told of like its status")
  func template() throws {
    var graph = makeGraph()
    let template: JSONObject = [
      "type": "template", "template": ["name": "hello", "language": ["code": "pt_BR"]], "biz_opaque_callback_data": "hub:msg:01JH",
    ]
    let reply = send(&graph, template)
    var answer = try Golden.json("meta-send-answer")
    let id = try #require(reply.answer.json?["messages"]?[0]?["id"])
    answer = try replacing(answer, "wamid.SAMPLE11", id)
    #expect(reply.answer.json == answer)
    let delivered = graph.run(to: noon + 15_000).calls[1]
    var status = try Golden.json("meta-status")
    status = try replacing(status, "wamid.HBgNNTUxMTk5MTIzMDAwMRUCABEYEjFDMTcxNDlENDM5NTM2QjMyMQA=", id)
    status = try replacing(status, "1767625215", "1767625200")
    #expect(delivered.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0] == status)
  }

  private func replacing(_ value: JSONValue, _ text: String, _ by: JSONValue) throws -> JSONValue {
    let found = value.description
    #expect(found.contains(text))
    return try JSONValue(parsing: found.replacing(text, with: by.string ?? ""))
  }

  @Test(
    "every type is taken",
    arguments: [
      #"{"type":"text","text":{"body":"a"}}"#, #"{"text":{"body":"a"}}"#,
      #"{"type":"location","location":{"latitude":-23.5,"longitude":"-46.6"}}"#,
      #"{"type":"contacts","contacts":[{"name":{"formatted_name":"A B","first_name":"A"}}]}"#,
      #"{"type":"reaction","reaction":{"message_id":"w","emoji":""}}"#,
      #"{"type":"image","image":{"link":"https://img.example/a.png","caption":"c"}}"#,
      #"{"type":"audio","audio":{"link":"https://a.example/a.ogg","voice":true}}"#,
      #"{"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"1","title":"Sim"}}]}}}"#,
      #"{"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Ver","sections":[{"rows":[{"id":"1","title":"A","description":"b"}]}]}}}"#,
      #"{"type":"template","template":{"name":"t","language":{"code":"pt_BR"}}}"#,
      #"{"to":"+55 (11) 99123-0001","type":"text","text":{"body":"a"}}"#,
    ])
  func taken(message: String) throws {
    var graph = try open()
    #expect(send(&graph, try #require(try JSONValue(parsing: message).object)).answer.status == 200)
  }

  @Test(
    "what breaks a limit is refused with its number",
    arguments: [
      (#"{"messaging_product":"x","text":{"body":"a"}}"#, 100), (#"{"to":"","text":{"body":"a"}}"#, 100), (#"{"type":"poll"}"#, 100),
      (#"{"type":"image"}"#, 131_008), (#"{"type":"text","text":{"body":""}}"#, 100),
      (#"{"type":"audio","audio":{"link":"https://a.example","caption":"c"}}"#, 100),
      (#"{"type":"image","image":{}}"#, 131_008), (#"{"type":"image","image":{"id":"1"}}"#, 131_009),
      (#"{"type":"image","image":{"link":"ftp://a"}}"#, 131_009),
      (#"{"type":"contacts","contacts":[{"name":{"formatted_name":"A"}}]}"#, 131_009),
      (#"{"type":"reaction","reaction":{"message_id":"w","emoji":"ok"}}"#, 131_009),
      (#"{"to":"5511940001000","text":{"body":"a"}}"#, 131_021), (#"{"to":"Marina","text":{"body":"a"}}"#, 131_009),
      (#"{"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[]}}}"#, 131_009),
      (
        #"{"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Ver mais de vinte letras","sections":[]}}}"#,
        100
      ),
      (#"{"type":"template","template":{"name":"t"}}"#, 131_008), (#"{"text":{"body":"a"},"context":{}}"#, 131_008),
    ] as [(String, Int64)])
  func refused(message: String, code: Int64) throws {
    var graph = try open()
    let answer = send(&graph, try #require(try JSONValue(parsing: message).object)).answer
    #expect(answer.status == 400 && answer.json?["error"]?["code"]?.int64 == code, "\(answer.json ?? .null)")
    #expect(graph.ask("GET", "sent")?.answer.json?["items"] == [])
  }

  @Test("a text of more than 4096 characters is refused")
  func long() throws {
    var graph = try open()
    #expect(send(&graph, ["text": ["body": .string(String(repeating: "á", count: 4096))]]).answer.status == 200)
    #expect(send(&graph, ["text": ["body": .string(String(repeating: "á", count: 4097))]]).answer.status == 400)
  }

  @Test("without a token, or with another, the answer is 190")
  func authentication() throws {
    var graph = makeGraph { $0.accessTokens = ["right"] }
    for headers in [[], [("Authorization", "Bearer wrong")]] as [[(String, String)]] {
      let reply = graph.post("/v23.0/118273645509812/messages", ["messaging_product": "whatsapp"], headers: headers)
      #expect(reply.answer.status == 401 && reply.answer.json?["error"]?["code"]?.int64 == 190)
    }
    let reply = graph.post("/118273645509812/messages", ["messaging_product": "whatsapp"], headers: [("authorization", "Bearer right")])
    #expect(reply.answer.json?["error"]?["code"]?.int64 == 100)
  }

  @Test("the pair limit has the reference's words, lets one pass after six seconds, and leaves other customers alone")
  func pairLimit() throws {
    var graph = try open { $0.throughput = 0 }
    for _ in 0..<45 { #expect(send(&graph, ["text": ["body": "a"]]).answer.status == 200) }
    let refusal = send(&graph, ["text": ["body": "a"]]).answer
    var expected = try Golden.json("meta-error")
    let trace = try #require(refusal.json?["error"]?["fbtrace_id"])
    expected = try replacing(expected, "AbCdEf", trace)
    #expect(refusal.json == expected)
    #expect(send(&graph, ["to": "5511991230002", "text": ["body": "a"]]).answer.status == 200)
    #expect(send(&graph, ["text": ["body": "a"]], now: noon + 5900).answer.status == 400)
    #expect(send(&graph, ["text": ["body": "a"]], now: noon + 6001).answer.status == 200)
  }

  @Test("a number's throughput counts what comes in, too, and ends with 429 and 130429")
  func throughput() throws {
    var graph = try open { ($0.throughput, $0.pairBurst) = (3, 0) }
    #expect(send(&graph, ["text": ["body": "a"]]).answer.status == 200)
    #expect(send(&graph, ["text": ["body": "a"]]).answer.status == 200)
    let refusal = send(&graph, ["text": ["body": "a"]]).answer
    #expect(refusal.status == 429 && refusal.json?["error"]?["code"]?.int64 == 130_429)
    #expect(send(&graph, ["text": ["body": "a"]], now: noon + 1000).answer.status == 200)
  }

  @Test("after 24 hours without a word of the customer everything but a template fails, later than the answer")
  func window() throws {
    var graph = try open { $0.statusDelay = 1000 }
    let late = noon + GraphMedia.day
    #expect(send(&graph, ["text": ["body": "a"]], now: late).answer.status == 200)
    let status = graph.run(to: late + 5000).calls.compactMap { $0.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0] }
    #expect(status.map { $0["status"] } == ["failed"] && status.first?["errors"]?[0]?["code"]?.int64 == 131_047)
  }

  @Test(
    "what becomes of a message depends on the customer",
    arguments: [
      ("reads", ["sent", "delivered", "read"]), ("delivers", ["sent", "delivered"]), ("offline", ["sent"]), ("chatOpen", ["sent", "read"]),
      ("backwards", ["read", "delivered", "sent"]), ("unreachable", ["failed"]),
    ])
  func customers(behaviour: String, states: [String]) throws {
    var graph = try open()
    #expect(graph.ask("POST", "customers", ["phone": .string(Self.customer), "behaviour": .string(behaviour)])?.answer.status == 200)
    _ = send(&graph, ["text": ["body": "a"], "biz_opaque_callback_data": "hub:msg_1"])
    let statuses = graph.run(to: noon + 10_000).calls.compactMap { $0.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0] }
    #expect(statuses.compactMap { $0["status"]?.string } == states)
    #expect(statuses.allSatisfy { $0["biz_opaque_callback_data"] == "hub:msg_1" })
    #expect(graph.ask("GET", "sent")?.answer.json?["items"]?[0]?["statuses"] == .array(states.map { .string($0) }))
  }

  @Test("a Brazilian with a dialling code from 31 on is known without the ninth digit")
  func ninthDigit() throws {
    var graph = makeGraph { $0.hasWindow = false }
    let answer = send(&graph, ["to": "5531988887777", "text": ["body": "a"]]).answer
    #expect(answer.json?["contacts"] == [["input": "5531988887777", "wa_id": "553188887777"]])
  }

  @Test("a user without a phone is written by id, and told of by it")
  func userID() throws {
    var graph = makeGraph { $0.hasWindow = false }
    let body: JSONValue = ["messaging_product": "whatsapp", "recipient": "BR.90817263544120987", "type": "text", "text": ["body": "oi"]]
    let reply = graph.post("/v23.0/118273645509812/messages", body, headers: Self.bearer)
    #expect(reply.answer.json?["contacts"] == [["input": "BR.90817263544120987", "user_id": "BR.90817263544120987"]])
    let status = graph.run(to: noon).calls.first?.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0]
    #expect(status?["recipient_user_id"] == "BR.90817263544120987" && status?["recipient_id"] == nil)
  }

  @Test("a message of a customer can be read, with typing for 25 seconds; what is not theirs can't")
  func receipts() throws {
    var graph = makeGraph()
    _ = try graph.demand("POST", "messages", ["from": .string(Self.customer), "id": "wamid.SAMPLE01"])
    let path = "/v23.0/118273645509812/messages"
    #expect(graph.post(path, try Golden.json("meta-read"), headers: Self.bearer).answer.json == ["success": true])
    #expect(graph.ask("GET", "sent")?.answer.json?["items"]?[0]?["typingUntil"]?.int64 == noon + 25_000)
    let stranger: JSONValue = ["messaging_product": "whatsapp", "status": "read", "message_id": "wamid.SAMPLE02"]
    #expect(graph.post(path, stranger, headers: Self.bearer).answer.status == 400)
  }

  @Test("a linked file that can't be fetched fails later")
  func links() throws {
    var graph = try open { $0.statusDelay = 60_000 }
    let reply = send(&graph, ["type": "image", "image": ["link": "https://img.example/a.png"]])
    #expect(reply.answer.status == 200)
    let fetch = try #require(reply.effects.calls.first)
    #expect(fetch.method == "GET" && fetch.url == "https://img.example/a.png")
    #expect(graph.called(fetch.id, .answered(status: 404, body: []), now: noon + 10) == [])
    let states = graph.run(to: noon + 10).calls.compactMap { $0.json?["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0] }
    #expect(states.last?["errors"]?[0]?["code"]?.int64 == 131_053)
  }
}
