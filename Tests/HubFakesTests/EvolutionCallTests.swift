import OrderedJSON
import Testing

@testable import HubFakes

@Suite("Evolution: calls")
struct EvolutionCallTests {
  private let key = [("apikey", "global-key")]

  private func post(_ evolution: inout EvolutionProvider, _ path: String, _ body: JSONValue, now: Moment = noon) -> FakeReply {
    evolution.post(path, body, headers: key, now: now)
  }

  @Test("a send is answered 201 with its message, after send.message; its states follow as the reference's updates")
  func sendText() throws {
    var evolution = makeEvolution()
    let reply = post(&evolution, "/message/sendText/loja-centro", ["number": "5511991230001", "text": "Olá"])
    #expect(reply.answer.status == 201 && reply.answer.json?["status"] == "PENDING" && reply.answer.json?["key"]?["fromMe"] == true)
    let id = try #require(reply.answer.json?["key"]?["id"]?.string)
    #expect(id.hasPrefix("3EB0") && id.count == 20)
    #expect(reply.effects.emits.map(\.name) == ["send.message"])
    let updates = evolution.run(to: noon + 10_000).emits
    #expect(updates.map { $0.envelope?["data"]?["status"] } == ["SERVER_ACK", "DELIVERY_ACK", "READ"])
    let last = try #require(updates.last?.envelope?["data"]?.object)
    var expected = try #require(try Golden.json("evolution-update").object)
    for (member, value) in [
      ("keyId", JSONValue.string(id)), ("instanceId", last["instanceId"] ?? .null), ("messageId", last["messageId"] ?? .null),
    ] {
      expected[member] = value
    }
    #expect(last == expected && last["messageId"]?.string?.hasPrefix("cmk") == true)
  }

  @Test("without a database an update names no row")
  func noDatabase() throws {
    var evolution = makeEvolution { $0.storesMessages = false }
    _ = post(&evolution, "/message/sendText/loja-centro", ["number": "5511991230001", "text": "Olá"])
    let update = evolution.run(to: noon + 10_000).emits.last?.envelope?["data"]
    #expect(update?["messageId"] == nil && update?["remoteJid"] == "5511991230001@s.whatsapp.net")
  }

  @Test(
    "numbers are the server's",
    arguments: [
      ("+55 (11) 99123-0001", "5511991230001@s.whatsapp.net"), ("5531988887777", "553188887777@s.whatsapp.net"),
      ("5531968887777", "5531968887777@s.whatsapp.net"), ("5215512345678", "525512345678@s.whatsapp.net"),
      ("120958374650912@lid", "120958374650912@lid"),
    ])
  func numbers(number: String, chat: String) {
    var evolution = makeEvolution()
    let reply = post(&evolution, "/message/sendText/loja-centro", ["number": .string(number), "text": "Olá"])
    #expect(reply.answer.json?["key"]?["remoteJid"]?.string == chat)
  }

  @Test(
    "every kind of send is taken",
    arguments: [
      ("sendMedia", #"{"mediatype":"image","media":"QUJD","caption":"c"}"#),
      ("sendMedia", #"{"mediatype":"document","media":"QUJD","fileName":"a.pdf"}"#),
      ("sendMedia", #"{"mediatype":"video","media":"https://a.example/v.mp4"}"#), ("sendWhatsAppAudio", #"{"audio":"QUJD"}"#),
      ("sendPtv", #"{"video":"QUJD"}"#),
      ("sendSticker", #"{"sticker":"QUJD"}"#), ("sendLocation", #"{"latitude":-23.5,"longitude":-46.6,"name":"a","address":"b"}"#),
      ("sendContact", #"{"contact":[{"fullName":"A","phoneNumber":"5511991230002"}]}"#),
      ("sendPoll", #"{"name":"?","selectableCount":1,"values":["a","b"]}"#),
      ("sendReaction", #"{"key":{"remoteJid":"5511991230001@s.whatsapp.net","fromMe":false,"id":"3A"},"reaction":"👍"}"#),
      ("sendList", #"{"title":"t","footerText":"f","buttonText":"b","sections":[{"title":"s","rows":[]}]}"#),
      ("sendButtons", #"{"title":"t","buttons":[{"type":"reply","displayText":"a","id":"1"}]}"#),
    ])
  func kinds(verb: String, body: String) throws {
    var evolution = makeEvolution()
    var object = try #require(try JSONValue(parsing: body).object)
    object["number"] = "5511991230001"
    let reply = post(&evolution, "/message/\(verb)/loja-centro", .object(object))
    #expect(reply.answer.status == 201, "\(reply.answer.json ?? .null)")
    #expect(reply.effects.emits.map(\.name) == ["send.message"])
  }

  @Test(
    "what is missing is refused, as v1's spelling is",
    arguments: [
      ("sendText", #"{"number":"5511991230001","textMessage":{"text":"a"}}"#), ("sendText", #"{"text":"a"}"#),
      ("sendMedia", #"{"number":"5511991230001","mediatype":"gif","media":"QUJD"}"#),
      ("sendMedia", #"{"number":"5511991230001","mediatype":"document","media":"QUJD"}"#),
      ("sendLocation", #"{"number":"5511991230001","latitude":1,"longitude":2}"#),
      ("sendPoll", #"{"number":"5511991230001","name":"?","selectableCount":1,"values":["a","a"]}"#),
      ("sendReaction", #"{"key":{},"reaction":"ok"}"#),
    ])
  func refused(verb: String, body: String) throws {
    var evolution = makeEvolution()
    let reply = post(&evolution, "/message/\(verb)/loja-centro", try JSONValue(parsing: body))
    #expect(reply.answer.status == 400 && reply.answer.json?["response"]?["message"] != nil)
  }

  @Test("errors have the server's form")
  func errors() throws {
    var evolution = makeEvolution()
    let text: JSONValue = ["number": "5511991230001", "text": "Olá"]
    #expect(
      post(&evolution, "/message/sendText/nobody", text).answer.json
        == ["status": 404, "error": "Not Found", "response": ["message": ["The \"nobody\" instance does not exist"]]])
    let unauthorized = FakeAnswer.json(401, ["status": 401, "error": "Unauthorized", "response": ["message": "Unauthorized"]])
    #expect(evolution.post("/message/sendText/loja-centro", text, headers: [("apikey", "token-oficina e9f2")]).answer == unauthorized)
    #expect(evolution.post("/message/sendText/loja-centro", text, headers: [("apikey", "token-loja-centro")]).answer.status == 201)
    #expect(post(&evolution, "/message/sendText/oficina%20e9f2", text).answer.status == 201)
    _ = evolution.ask("POST", "customers", ["phone": "5511991230001", "exists": false])
    #expect(
      post(&evolution, "/message/sendText/loja-centro", text).answer.json?["response"]?["message"]
        == [["jid": "5511991230001@s.whatsapp.net", "exists": false, "number": "5511991230001"]])
    _ = evolution.ask("POST", "connection", ["state": "close"])
    let closed = post(&evolution, "/message/sendText/loja-centro", ["number": "5511991230002", "text": "Olá"]).answer
    #expect(closed.status == 400 && closed.json?["response"]?["message"] == "Connection Closed")
  }

  @Test("findMessages needs both bounds, as dates; pages are newest first; a record's state is its last update")
  func findMessages() throws {
    var evolution = makeEvolution()
    let start: Moment = 1_767_614_400_000
    for number in 0..<143 {
      let message: JSONValue = [
        "text": .string("\(number)"), "id": .string("3A\(number)"), "at": .number(JSONNumber(start + Int64(number) * 1000)), "silent": true,
      ]
      #expect(evolution.ask("POST", "messages", message)?.effects.emits == [])
    }
    let asked = try Golden.json("evolution-find")
    let first = try #require(post(&evolution, "/chat/findMessages/loja-centro", asked).answer.json?["messages"]?.object)
    #expect(
      first["total"] == 143 && first["pages"] == 2 && first["currentPage"] == 1
        && first.keys == ["total", "pages", "currentPage", "records"])
    let records = try #require(first["records"]?.array)
    #expect(records.count == 100 && records.first?["key"]?["id"] == "3A142" && records.last?["key"]?["id"] == "3A43")
    #expect(records[0]["status"] == nil && records[0]["MessageUpdate"] == [["status": "DELIVERY_ACK"]])
    var second = try #require(asked.object)
    second["page"] = 2
    #expect(post(&evolution, "/chat/findMessages/loja-centro", .object(second)).answer.json?["messages"]?["records"]?.array?.count == 43)
    let wheres: [(JSONValue, Int64)] = [
      (["messageTimestamp": ["gte": "2026-01-05T12:02:00Z"]], 143),
      (["messageTimestamp": ["gte": "2026-01-05T12:02:00Z", "lte": "2026-01-05T13:00:00.000Z"]], 23),
      (["messageTimestamp": ["gte": .number(JSONNumber(start / 1000)), "lte": 1]], 143), (["key": ["id": "3A7"]], 1),
      (["key": ["fromMe": true]], 0),
    ]
    for (condition, count) in wheres {
      let body: JSONValue = ["where": condition, "page": 1, "offset": 10]
      #expect(post(&evolution, "/chat/findMessages/loja-centro", body).answer.json?["messages"]?["total"]?.int64 == count)
    }
  }

  @Test("media are handed out by message id, but not right after they came")
  func media() throws {
    var evolution = makeEvolution { $0.storeDelay = 500 }
    _ = evolution.ask("POST", "messages", ["type": "image", "id": "3A1", "base64": "QUJD", "text": "foto"])
    let asked: JSONValue = ["message": ["key": ["id": "3A1"]], "convertToMp4": false]
    let early = post(&evolution, "/chat/getBase64FromMediaMessage/loja-centro", asked).answer
    #expect(early.status == 400 && early.json?["response"]?["message"] == ["Message not found"])
    let found = post(&evolution, "/chat/getBase64FromMediaMessage/loja-centro", asked, now: noon + 500).answer
    #expect(found.json?.object?.keys == ["mediaType", "fileName", "caption", "size", "mimetype", "base64"])
    #expect(found.json?["base64"] == "QUJD" && found.json?["caption"] == "foto")
  }

  @Test("receipts, presence, edits and deletions are taken, and what the reference says of them")
  func acts() throws {
    var evolution = makeEvolution()
    let keys: JSONValue = [
      "readMessages": [
        ["remoteJid": "5511991230001@s.whatsapp.net", "fromMe": false, "id": "3A1"], ["remoteJid": "1@lid", "fromMe": false, "id": "3A2"],
      ]
    ]
    #expect(post(&evolution, "/chat/markMessageAsRead/loja-centro", keys).answer.status == 201)
    #expect(evolution.ask("GET", "sent")?.answer.json?["total"] == 1, "hidden numbers are skipped")
    let presence: JSONValue = ["number": "5511991230001", "presence": "composing", "delay": 1000]
    #expect(post(&evolution, "/chat/sendPresence/loja-centro", presence).answer.status == 201)
    let sent = post(&evolution, "/message/sendText/loja-centro", ["number": "5511991230001", "text": "Olá"]).answer
    let id = try #require(sent.json?["key"]?["id"])
    let edit: JSONValue = ["number": "5511991230001", "key": ["id": id], "text": "Oi"]
    #expect(post(&evolution, "/chat/updateMessage/loja-centro", edit).effects.emits.map(\.name) == ["send.message.update"])
    #expect(post(&evolution, "/chat/updateMessage/loja-centro", edit, now: noon + 16 * 60_000).answer.status == 400)
    let gone: JSONValue = ["id": id, "remoteJid": "5511991230001@s.whatsapp.net", "fromMe": true]
    let call = FakeCall("DELETE", "/chat/deleteMessageForEveryone/loja-centro", headers: key, body: gone.serialized())
    let deleted = evolution.answer(call, now: noon).effects.emits
    #expect(deleted.map(\.name) == ["messages.delete"] && deleted[0].envelope?["data"]?["status"] == "DELETED")
    // A chat that was written to is watched.
    let typed = evolution.ask("POST", "messages", ["text": "Sim"])?.effects.emits
    #expect(typed?.map(\.name) == ["presence.update", "messages.upsert"])
    #expect(
      typed?.first?.envelope?["data"] == [
        "id": "5511991230001@s.whatsapp.net", "presences": ["5511991230001@s.whatsapp.net": ["lastKnownPresence": "composing"]],
      ])
  }

  @Test("sockets are configured by the reference's call, and by known names only")
  func settings() throws {
    var evolution = makeEvolution()
    let answer = post(&evolution, "/websocket/set/loja-centro", try Golden.json("evolution-enable")).answer
    #expect(answer.status == 201 && answer.json?["events"]?.array?.count == 5)
    let find = FakeCall("GET", "/websocket/find/loja-centro", headers: key)
    #expect(evolution.answer(find, now: noon).answer.json == answer.json)
    #expect(
      post(&evolution, "/websocket/set/loja-centro", ["websocket": ["enabled": true, "events": ["messages.upsert"]]]).answer.status == 400)
    #expect(evolution.ask("POST", "events", ["event": "contacts.update", "data": []])?.effects == [])
    #expect(evolution.answer(FakeCall("GET", "/webhook/find/loja-centro", headers: key), now: noon).answer.json == .null)
    #expect(post(&evolution, "/webhook/set/loja-centro", ["webhook": ["enabled": true, "url": "http://hub.test/w"]]).answer.status == 201)
    #expect(evolution.ask("POST", "events", ["event": "contacts.update", "data": []])?.effects.calls.count == 1)
  }
}
