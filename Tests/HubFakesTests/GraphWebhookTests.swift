import OrderedJSON
import Testing

@testable import HubFakes

@Suite("The Graph API: webhooks")
struct GraphWebhookTests {
  private func webhooks(_ graph: inout GraphProvider, _ body: JSONValue, _ target: String = "messages", now: Moment = noon) throws
    -> [OutgoingCall]
  {
    let reply = try graph.demand("POST", target, body, now: now)
    #expect(reply.answer.status < 300, "\(reply.answer.json ?? .null)")
    return reply.effects.calls
  }

  @Test("a customer's message is the reference's envelope")
  func envelope() throws {
    var graph = makeGraph()
    let golden = try Golden.json("meta-envelope")
    let id = "wamid.HBgNNTUxMTk5MTIzMDAwMRUCABIYFEE0QzEyM0IxNjEyREQyNzJEMTM3AA=="
    let calls = try webhooks(&graph, ["from": "5511991230001", "text": "Bom dia!", "id": .string(id)])
    #expect(calls.map(\.json) == [golden])
    #expect(
      calls[0].method == "POST" && calls[0].url == "http://hub.test/webhooks/whatsapp"
        && calls[0].header("Content-Type") == "application/json")
  }

  @Test("an id that is made looks like the reference's")
  func ids() throws {
    var graph = makeGraph()
    let message = try webhooks(&graph, ["from": "5511991230001"])[0].json?["entry"]?[0]?["changes"]?[0]?["value"]?["messages"]?[0]
    let id = try #require(message?["id"]?.string)
    #expect(id.hasPrefix("wamid.HBgNNTUxMTk5MTIzMDAwMRUCABIYF") && id.count == 66)
  }

  @Test(
    "messages are the reference's samples",
    arguments: [
      (
        "meta-reply",
        #"{"from":"5511991230002","id":"wamid.SAMPLE02","at":1767625259000,"text":"pode ser às 15h","replyTo":"wamid.SAMPLE00"}"#
      ),
      ("meta-unsupported", #"{"from":"5511991230002","id":"wamid.SAMPLE03","at":1767625261000,"type":"unsupported"}"#),
      (
        "meta-edit",
        #"{"from":"5511991230001","id":"wamid.SAMPLE06","at":1767625500000,"type":"edit","target":"wamid.SAMPLE02","text":"pode ser às 16h"}"#
      ),
      ("meta-revoke", #"{"from":"5511991230001","id":"wamid.SAMPLE07","at":1767625560000,"type":"revoke","target":"wamid.SAMPLE02"}"#),
      (
        "meta-flow",
        #"{"from":"5511991230001","id":"wamid.SAMPLE04","at":1767625300000,"type":"flow","replyTo":"wamid.SAMPLE00","response":{"flow_token":"cad-17","cep":"01310-000"}}"#
      ),
    ])
  func samples(name: String, asked: String) throws {
    var graph = makeGraph()
    let value = try webhooks(&graph, try JSONValue(parsing: asked))[0].json?["entry"]?[0]?["changes"]?[0]?["value"]
    #expect(value?["messages"] == [try Golden.json(name)])
  }

  @Test("a voice note is the reference's sample, but for the file")
  func voiceNote() throws {
    var graph = makeGraph()
    let asked: JSONValue = ["from": "5511991230001", "id": "wamid.SAMPLE01", "at": 1_767_625_260_000, "type": "audio", "base64": "QUJD"]
    let value = try webhooks(&graph, asked)[0].json?["entry"]?[0]?["changes"]?[0]?["value"]
    var message = try #require(value?["messages"]?[0]?.object)
    var audio = try #require(message["audio"]?.object)
    let id = try #require(audio["id"]?.string)
    #expect(id.count == 15 && id.allSatisfy(\.isNumber))
    #expect(audio["sha256"] == .string(Encodings.base64(Encodings.sha256(Array("ABC".utf8)))))
    (audio["id"], audio["sha256"]) = ("771029384756001", "V2VyIGRhcyBsaWVzdA==")
    message["audio"] = .object(audio)
    #expect(try JSONValue.object(message) == Golden.json("meta-voice"))
  }

  @Test("what was there before is the reference's chunk; who doesn't share it is told by its error")
  func history() throws {
    var graph = makeGraph()
    let asked = """
      {"type": "history", "from": "5511991230001", "phase": 1, "chunk": 2, "progress": 55, "messages": [
        {"id": "wamid.SAMPLE09", "at": 1759000000000, "text": "qual o valor?"},
        {"id": "wamid.SAMPLE10", "at": 1759000060000, "type": "media_placeholder", "fromMe": true, "status": "DELIVERED"}]}
      """
    let change = try webhooks(&graph, try JSONValue(parsing: asked))[0].json?["entry"]?[0]?["changes"]?[0]
    #expect(try change?["field"] == "history" && change?["value"] == Golden.json("meta-history"))
    let declined = try webhooks(&graph, ["type": "history", "declined": true])[0].json?["entry"]?[0]?["changes"]?[0]?["value"]
    #expect(declined?["history"]?[0]?["errors"]?[0]?["code"] == 2_593_109 && declined?["history"]?[0]?["threads"] == nil)
  }

  @Test("somebody without a phone, and what is typed on the business phone, are the reference's samples")
  func others() throws {
    var graph = makeGraph()
    let nina: JSONValue = [
      "from": "BR.90817263544120987", "name": "Nina", "username": "nina.costura", "id": "wamid.SAMPLE05", "at": 1_767_625_400_000,
      "text": "oi",
    ]
    let value = try webhooks(&graph, nina)[0].json?["entry"]?[0]?["changes"]?[0]?["value"]?.object
    let golden = try #require(try Golden.json("meta-username").object)
    #expect(value?["contacts"] == golden["contacts"] && value?["messages"] == golden["messages"])
    let echo: JSONValue = ["type": "echo", "to": "5511991230001", "id": "wamid.SAMPLE08", "text": "Já te respondo"]
    let change = try webhooks(&graph, echo, now: 1_767_625_600_000)[0].json?["entry"]?[0]?["changes"]?[0]
    #expect(try change?["field"] == "smb_message_echoes" && change?["value"] == Golden.json("meta-echo"))
  }

  @Test("bytes are signed as they are sent, with Meta's escapes: the reference's vectors")
  func signature() throws {
    #expect(MetaText.bytes(["a": "café https://x"]) == Array(#"{"a":"caf\u00e9 https:\/\/x"}"#.utf8))
    #expect(MetaText.bytes(["a": "👍"]) == Array(#"{"a":"\ud83d\udc4d"}"#.utf8))
    var graph = makeGraph()
    let vectors: [(JSONValue, String)] = [
      (["object": "whatsapp_business_account", "entry": []], "9fde7d9ab069e7b193d189ecf3503276dddd9996e428160ea8b105e318f14c12"),
      (["a": "café https://x"], "ddd8d2c277066ef0e5ac117fb4225f3fc7cc2f74234c674dc67282f7cb085230"),
    ]
    for (body, signature) in vectors {
      #expect(try webhooks(&graph, body, "webhooks")[0].header("X-Hub-Signature-256") == "sha256=\(signature)")
      #expect(try webhooks(&graph, body, "webhooks?signature=wrong")[0].header("X-Hub-Signature-256") != "sha256=\(signature)")
      #expect(try webhooks(&graph, body, "webhooks?signature=missing")[0].header("X-Hub-Signature-256") == nil)
    }
  }

  @Test("several messages go into one POST, by business account or an entry each, as often as wanted")
  func batches() throws {
    var graph = makeGraph()
    let list: JSONValue = [["text": "1"], ["text": "2", "number": "220011223344556"], ["text": "3"]]
    let layouts = [("messages", [2, 1]), ("messages?layout=entries", [1, 1, 1])]
    for (target, counts) in layouts {
      let body = try webhooks(&graph, list, target)[0].json
      #expect(body?["entry"]?.array?.map { $0["changes"]?.array?.count } == counts)
    }
    #expect(try webhooks(&graph, ["text": "1"], "messages?copies=3").count == 3)
  }

  @Test("what is not taken comes again: at once, then over hours, then daily for a week, and then no more")
  func retries() throws {
    var graph = makeGraph()
    var call = try #require(try webhooks(&graph, ["text": "1"]).first)
    var (now, attempts) = (noon, [noon])
    _ = graph.called(call.id, .failed("no connection"), now: now)
    while let next = graph.nextMoment {
      now = next
      attempts.append(now)
      let again = try #require(graph.elapse(to: now).calls.first)
      #expect(again == call, "the same bytes with the same signature")
      call = again
      // Neither 204 nor 202 is 200.
      _ = graph.called(call.id, .answered(status: attempts.count % 2 == 0 ? 204 : 503, body: []), now: now)
    }
    let waits = zip(attempts, attempts.dropFirst()).map { $1 - $0 }
    #expect(waits.first == 0 && waits == waits.sorted() && attempts.count == 16)
    #expect(now - noon > 6 * GraphMedia.day && now - noon <= 7 * GraphMedia.day)
    #expect(graph.ask("GET", "webhooks")?.answer.json?["items"]?[0]?["state"] == "dropped")
  }

  @Test("what is taken doesn't come again")
  func taken() throws {
    var graph = makeGraph()
    let call = try #require(try webhooks(&graph, ["text": "1"]).first)
    #expect(graph.called(call.id, .answered(status: 200, body: []), now: noon) == [])
    #expect(graph.nextMoment == nil)
    #expect(graph.ask("GET", "webhooks")?.answer.json?["items"]?[0]?["state"] == "taken")
  }

  @Test("the webhook is verified by its answer's exact bytes")
  func verification() throws {
    for (answer, isVerified) in [("", true), ("\n", false)] {
      var graph = makeGraph()
      let call = try #require(graph.started(at: "http://fake.test", now: noon).calls.first)
      let asked = FakeCall(call.method, call.url.replacing("http://hub.test", with: ""))
      #expect(asked.method == "GET" && asked.parameter("hub.mode") == "subscribe" && asked.parameter("hub.verify_token") == "verify me")
      let challenge = try #require(asked.parameter("hub.challenge"))
      _ = graph.called(call.id, .answered(status: 200, body: Array((challenge + answer).utf8)), now: noon)
      #expect(graph.ask("GET", "verification")?.answer.json?["verified"]?.bool == isVerified)
    }
  }
}
