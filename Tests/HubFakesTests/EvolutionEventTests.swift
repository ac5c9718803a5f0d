import OrderedJSON
import Testing

@testable import HubFakes

func makeEvolution(_ change: (inout EvolutionOptions) -> Void = { _ in }) -> EvolutionProvider {
  var options = EvolutionOptions(instances: ["loja-centro", "oficina e9f2"], apiKey: "global-key")
  options.seed = 7
  change(&options)
  var evolution = EvolutionProvider(options)
  _ = evolution.started(at: "https://evo.example", now: noon)
  return evolution
}

extension SocketEmit {
  /// The envelope.
  var envelope: JSONValue? { (try? JSONValue(parsing: arguments))?[0] }
}

@Suite("Evolution: events")
struct EvolutionEventTests {
  private func write(_ evolution: inout EvolutionProvider, _ message: JSONValue, now: Moment = noon) throws -> [FakeEffect] {
    let reply = try evolution.demand("POST", "messages", message, now: now)
    #expect(reply.answer.status == 202, "\(reply.answer.json ?? .null)")
    return reply.effects
  }

  @Test("a message in its envelope is the reference's, with the server's wall clock and a Z that is not true")
  func golden() throws {
    var evolution = makeEvolution()
    let asked: JSONValue = [
      "from": "5511991230001", "id": "3A5C0F7B19D2E4468A01", "lid": "120958374650912@lid", "at": .number(JSONNumber(noon)), "bytes": false,
      "text": "Bom dia, tem horário hoje?",
    ]
    let emit = try #require(try write(&evolution, asked, now: noon + 1512).emits.first)
    #expect(emit.namespace == "/loja-centro" && emit.name == "messages.upsert" && emit.attachments == [])
    var envelope = try #require(emit.envelope?.object)
    var data = try #require(envelope["data"]?.object)
    envelope["data"] = [:]
    // At 15:00:01 UTC it is 12:00:01 in São Paulo.
    #expect(JSONValue.object(envelope) == (try Golden.json("evolution-envelope")))
    data["instanceId"] = "6f1d2c3b-4a59-4e68-9777-8a9b0c1d2e3f"
    #expect(JSONValue.object(data) == (try Golden.json("evolution-message")))
  }

  @Test("the first event of an instance makes its namespace; after a restart it is gone")
  func lateNamespaces() throws {
    var evolution = makeEvolution()
    #expect(evolution.engine?.namespaces == ["/"])
    #expect(try write(&evolution, ["text": "1"]).first == .openNamespace("/loja-centro"))
    #expect(try write(&evolution, ["text": "2"]).contains(.openNamespace("/loja-centro")) == false)
    _ = evolution.restarted()
    #expect(try write(&evolution, ["text": "3"]).first == .openNamespace("/loja-centro"))
    // connectionState does not emit.
    var other = makeEvolution()
    let call = FakeCall("GET", "/instance/connectionState/loja-centro", headers: [("apikey", "global-key")])
    let reply = other.answer(call, now: noon)
    #expect(reply.answer.json == ["instance": ["instanceName": "loja-centro", "state": "open"]] && reply.effects == [])
  }

  @Test("in global mode every event comes on / too, of every instance and whatever it is configured for")
  func globalMode() throws {
    var evolution = makeEvolution { $0.isGlobal = true }
    #expect(try write(&evolution, ["text": "1", "instance": "oficina e9f2"]).emits.map(\.namespace) == ["/", "/oficina e9f2"])
    let set = FakeCall(
      "POST", "/websocket/set/loja-centro", headers: [("apikey", "global-key")], body: try Golden.json("evolution-enable").serialized())
    #expect(evolution.answer(set, now: noon).answer.status == 201)
    let groups = evolution.ask("POST", "events", ["event": "groups.update", "data": [["id": "1@g.us"]]])
    #expect(groups?.effects.emits.map(\.namespace) == ["/"])
    let message = evolution.ask("POST", "events", ["event": "messages.upsert", "data": [:]])
    #expect(message?.effects.emits.map(\.namespace) == ["/", "/loja-centro"])
  }

  @Test("groups.update never comes to an instance's namespace: it is configured under another name")
  func groupsUpdate() throws {
    var evolution = makeEvolution()
    #expect(evolution.ask("POST", "events", ["event": "groups.update", "data": []])?.effects.emits == [])
    #expect(evolution.ask("POST", "events", ["event": "groups.upsert", "data": []])?.effects.emits.count == 1)
  }

  @Test("bytes are attachments on sockets of 2.3.6, objects in its webhooks, and base64 before")
  func bytes() throws {
    let image: JSONValue = ["type": "image", "text": "foto", "base64": "QUJD"]
    var new = makeEvolution { $0.webhook = "http://hub.test/w" }
    let effects = try write(&new, image)
    let emit = try #require(effects.emits.first)
    let content = try #require(emit.envelope?["data"]?["message"]?["imageMessage"])
    #expect(content["fileSha256"] == ["_placeholder": true, "num": 0] && emit.attachments.count == 5)
    #expect(emit.attachments[0] == Encodings.sha256(Array("ABC".utf8)))
    #expect(content["fileLength"] == ["low": 3, "high": 0, "unsigned": true])
    let posted = try #require(effects.calls.first?.json?["data"]?["message"]?["imageMessage"])
    #expect(posted["mediaKey"]?.object?.keys == (0..<32).map { String($0) })
    var old = makeEvolution { $0.release = .v235 }
    let plain = try #require(try write(&old, image).emits.first)
    #expect(plain.attachments == [] && plain.envelope?["data"]?["message"]?["imageMessage"]?["fileLength"] == "3")
    #expect(plain.envelope?["data"]?["message"]?["imageMessage"]?["mediaKey"]?.string?.count == 44)
  }

  @Test("long numbers have halves")
  func longNumbers() {
    #expect(WireValue.indexed(WireValue.long(1_767_625_512_000)) == ["low": -1_901_013_952, "high": 411, "unsigned": true])
    #expect(WireValue.plain(WireValue.long(1_767_625_512_000)) == "1767625512000")
  }

  @Test("an edit is the reference's; a revoke comes as an edit and as a deletion")
  func edits() throws {
    var evolution = makeEvolution { $0.release = .v235 }
    let edit: JSONValue = [
      "type": "edit", "target": "3A5C0F7B19D2E4468A01", "text": "Bom dia, tem horário amanhã?", "at": 1_767_625_512_000,
    ]
    let edited = try #require(try write(&evolution, edit).emits.first)
    #expect(try edited.name == "messages.edited" && edited.envelope?["data"] == Golden.json("evolution-edited"))
    let revoked = try write(&evolution, ["type": "revoke", "target": "3A5C0F7B19D2E4468A01"]).emits
    #expect(revoked.map(\.name) == ["messages.edited", "messages.delete"])
    #expect(revoked[0].envelope?["data"]?["type"] == "REVOKE")
    #expect(revoked[1].envelope?["data"] == ["remoteJid": "5511991230001@s.whatsapp.net", "fromMe": false, "id": "3A5C0F7B19D2E4468A01"])
    var new = makeEvolution()
    #expect(try write(&new, edit).emits.first?.envelope?["data"]?["type"] == 14)
  }

  @Test("a contact may be known by a hidden number only; a group's message has its author; what is typed on the phone is the account's own")
  func identities() throws {
    var evolution = makeEvolution()
    let hidden = try write(&evolution, ["lid": "120958374650912@lid", "hidden": true]).emits.first?.envelope?["data"]?["key"]
    #expect(hidden?["remoteJid"] == "120958374650912@lid" && hidden?["remoteJidAlt"] == nil)
    let group = try write(&evolution, ["group": "120363041234567890@g.us", "from": "5511991230001"]).emits.first?.envelope?["data"]?["key"]
    #expect(group?["remoteJid"] == "120363041234567890@g.us" && group?["participant"] == "5511991230001@s.whatsapp.net")
    let own = try write(&evolution, ["type": "echo", "to": "5511991230001"]).emits.first
    #expect(
      own?.name == "messages.upsert" && own?.envelope?["data"]?["key"]?["fromMe"] == true && own?.envelope?["data"]?["pushName"] == "Você")
  }

  @Test("a key is asked for once, in query or header, and CONNECT is not looked at")
  func keys() {
    let evolution = makeEvolution()
    func refusal(_ target: String, _ headers: [(String, String)] = [], from remote: String = "10.0.0.1") -> String? {
      evolution.refusal(of: FakeCall("GET", target, headers: headers), from: remote)
    }
    #expect(refusal("/socket.io/?EIO=4") == "apiKey is required" && refusal("/socket.io/", from: "127.0.0.1") == "apiKey is required")
    #expect(refusal("/socket.io/?apikey=wrong") == "Invalid global token")
    #expect(refusal("/socket.io/?apikey=global-key") == nil && refusal("/socket.io/", [("apikey", "token-oficina e9f2")]) == nil)
    let trusting = makeEvolution { $0.trustsLoopback = true }
    #expect(trusting.refusal(of: FakeCall("GET", "/socket.io/"), from: "127.0.0.1") == nil)
  }

  @Test("the state of an instance is told with its number when it opens")
  func connection() throws {
    var evolution = makeEvolution()
    let closed = evolution.ask("POST", "connection", ["state": "close", "statusReason": 401])?.effects.emits.first?.envelope?["data"]
    #expect(closed == ["instance": "loja-centro", "state": "close", "statusReason": 401])
    let opened = evolution.ask("POST", "connection", ["state": "open"])?.effects.emits.first?.envelope?["data"]
    #expect(opened?["wuid"] == "5511940001000@s.whatsapp.net" && opened?["statusReason"] == 200)
  }

  @Test("webhooks carry a token of jwt_key or the fields given, to the event's own path when wanted")
  func webhooks() throws {
    var evolution = makeEvolution {
      ($0.webhook, $0.webhookByEvents, $0.exposesKeys) = ("http://hub.test/w?s=1", true, true)
      $0.webhookHeaders = [("jwt_key", "secret"), ("X-Webhook-Secret", "s")]
      $0.tokens = ["loja-centro": "its own"]
    }
    let call = try #require(try write(&evolution, ["text": "1"]).calls.first)
    #expect(call.url == "http://hub.test/w/messages-upsert?s=1" && call.header("X-Webhook-Secret") == "s" && call.header("jwt_key") == nil)
    #expect(call.json?["destination"] == "http://hub.test/w?s=1" && call.json?["apikey"] == "its own")
    let parts = try #require(call.header("Authorization")).dropFirst(7).split(separator: ".").map(String.init)
    let claims = try #require(Encodings.bytes(base64: parts[1].replacing("-", with: "+").replacing("_", with: "/")))
    #expect(String(decoding: claims, as: UTF8.self) == #"{"iat":1767625200,"exp":1767625800,"app":"evolution","action":"webhook"}"#)
    let signature = Encodings.base64URL(Encodings.hmac(Array("\(parts[0]).\(parts[1])".utf8), key: Array("secret".utf8)))
    #expect(parts[2] == signature)
    #expect(EvolutionEvents.segment("group-participants.update") == "group-participants-update")
  }

  @Test("a webhook that isn't taken comes ten times in all, 5 s to 300 s apart; 400, 401, 403, 404 and 422 lose it at once")
  func retries() throws {
    for status in [400, 401, 403, 404, 422] {
      var evolution = makeEvolution { $0.webhook = "http://hub.test/w" }
      let call = try #require(try write(&evolution, ["text": "1"]).calls.first)
      _ = evolution.called(call.id, .answered(status: status, body: []), now: noon)
      #expect(evolution.nextMoment == nil)
    }
    var evolution = makeEvolution { $0.webhook = "http://hub.test/w" }
    var call = try #require(try write(&evolution, ["text": "1"]).calls.first)
    var (now, waits): (Moment, [Int64]) = (noon, [])
    _ = evolution.called(call.id, .answered(status: 503, body: []), now: now)
    while let next = evolution.nextMoment {
      waits.append(next - now)
      now = next
      call = try #require(evolution.elapse(to: now).calls.first)
      _ = evolution.called(call.id, .failed("timeout"), now: now)
    }
    #expect(waits.count == 9)
    for (wait, usual) in zip(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300] as [Int64]) {
      #expect((usual * 800...usual * 1200).contains(wait))
    }
    // Any 2xx is good.
    var other = makeEvolution { $0.webhook = "http://hub.test/w" }
    let taken = try #require(try write(&other, ["text": "1"]).calls.first)
    #expect(other.called(taken.id, .answered(status: 204, body: []), now: noon) == [] && other.nextMoment == nil)
  }
}
