import HubModel
import HubPluginSDK
import OrderedJSON
import Testing

@testable import Evolution

/// The checklist at the end of the reference, as far as it is about what becomes of what.
@Suite struct ChecklistTests {
  private static let wrappers = [
    "ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension", "documentWithCaptionMessage",
    "editedMessage", "deviceSentMessage", "associatedChildMessage", "groupMentionedMessage", "lottieStickerMessage", "botInvokeMessage",
  ]

  @Test(
    "every content in every wrapper is what it is without, but for what view-once adds",
    arguments: Case.all.filter { $0.hasPrefix("content-") })
  func wrapped(_ name: String) throws {
    let root = try #require(JSONValue(parsing: Case.bytes("\(name).json")).object)
    guard let data = root["data"]?.object, let message = data["message"]?.object else { return }
    let plain = Self.described(EnvelopeParser.sample.parse(.object(root)))
    for wrapper in Self.wrappers {
      var (wrapped, element) = (root, data)
      element["message"] = [wrapper: ["message": .object(message)], "messageContextInfo": [:]]
      wrapped["data"] = .object(element)
      #expect(Self.described(EnvelopeParser.sample.parse(.object(wrapped))) == plain, "\(wrapper)")
    }
  }

  private static func described(_ parsed: ParsedEnvelope) -> String {
    Case.describe(parsed).description.replacing("\"viewOnce\":true", with: "\"viewOnce\":false")
  }

  @Test("global mode: each of three instances gets its own events, and a fourth is counted and dropped")
  func instances() throws {
    let parser = EnvelopeParser(instances: ["a", "b", "c"], receivedMs: 1)
    func parse(_ instance: String) -> ParsedEnvelope {
      parser.parse(["event": "connection.update", "instance": .string(instance), "data": ["state": "open", "statusReason": 200]])
    }
    #expect(["a", "b", "c"].map { parse($0).events.map(\.account) } == [["a"], ["b"], ["c"]])
    #expect(parse("d").events.isEmpty)
    #expect(parse("d").drops == [.unknownInstance: 1])
    #expect(parse("d").strangeInstance == "d")
  }

  @Test("the REST answer's message and send.message are one, in either order")
  func sentOnce() throws {
    let sent = try #require(Case.parse("source-send-message").events.first)
    var root = try #require(JSONValue(parsing: Case.bytes("source-send-message.json")).object)
    root["event"] = "messages.upsert"
    let echoed = try #require(EnvelopeParser.sample.parse(.object(root)).events.first)
    #expect(sent.kind == echoed.kind && sent.id == echoed.id && sent.account == echoed.account)
  }

  @Test("a revoke and the deletion that follows it are one event")
  func revokedOnce() throws {
    let ids = try ["edit-revoke", "edit-revoke-number", "edit-revoke-implied", "delete-key"].map { name in
      try Case.parse(name).events.map { "\($0.kind.rawValue) \($0.id)" }
    }
    #expect(Set(ids) == [["message.deleted 3A5C0F7B19D2E4468A01:delete"]])
  }

  @Test("the digest of media is the same from base64, from an object of bytes, and from a buffer")
  func digests() throws {
    let bytes: [Int64] = (0..<32).map { $0 * 8 }
    let values: [JSONValue] = [
      "AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg=",
      .object(JSONObject(bytes.enumerated().map { ("\($0.offset)", .number(JSONNumber($0.element))) })),
      ["type": "Buffer", "data": .array(bytes.map { .number(JSONNumber($0)) })],
    ]
    #expect(Set(values.map { WireBytes.digest($0) }) == ["0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8"])
    #expect(WireBytes.digest(["_placeholder": true, "num": 0]) == nil)
    #expect(WireBytes.digest("too short") == nil)
  }

  @Test(
    "a 64-bit number is the same in each encoding",
    arguments: [
      (["low": 48211, "high": 0, "unsigned": true], 48211), ("48211", 48211), (48211, 48211),
      (["low": -1, "high": 0, "unsigned": true], 4_294_967_295), (["low": 4_294_967_295, "high": 0], 4_294_967_295),
      (["low": 0, "high": -1], -4_294_967_296), (["low": 1.5, "high": 0], nil), (["low": 5_000_000_000, "high": 0], nil), ("x", nil),
      (true, nil),
    ] as [(JSONValue, Int64?)])
  func numbers(_ value: JSONValue, _ expected: Int64?) {
    #expect(WireNumber.integer(value) == expected)
  }

  @Test("the digits of a LID are never a phone, however they come", arguments: Case.all)
  func noLIDAsPhone(_ name: String) throws {
    let text = Case.describe(try Case.parse(name)).description
    #expect(text.contains(#""phone":"120958374650912""#) == false)
    #expect(text.contains(#""conversation":"120958374650912""#) == false)
  }

  @Test("history is never anything but history")
  func history() throws {
    for name in Case.all where name.hasPrefix("content-") || name.hasPrefix("identity-") {
      var root = try #require(JSONValue(parsing: Case.bytes("\(name).json")).object)
      root["event"] = "messages.set"
      root["data"] = .array([root["data"] ?? .null])
      let kinds = Set(EnvelopeParser.sample.parse(.object(root)).events.map(\.kind))
      #expect(kinds.isSubset(of: [.history, .unknown]), "\(name)")
    }
  }

  @Test("an envelope without data gives a state or a counted drop, whatever its event")
  func nullData() {
    for event in [
      "messages.upsert", "messages.set", "send.message", "messages.edited", "messages.update", "messages.delete",
      "contacts.upsert", "chats.delete", "groups.upsert", "group-participants.update", "labels.edit", "labels.association",
      "presence.update", "call", "qrcode.updated", "connection.update", "status.instance",
    ] {
      let parsed = EnvelopeParser.sample.parse(["event": .string(event), "instance": "loja-centro", "data": .null])
      #expect(parsed.events.isEmpty && parsed.drops == [.malformedElement: 1], "\(event)")
    }
    for event in ["remove.instance", "logout.instance"] {
      let parsed = EnvelopeParser.sample.parse(["event": .string(event), "instance": "loja-centro", "data": .null])
      #expect(parsed.events.map(\.kind) == [.channelState], "\(event)")
    }
  }

  @Test("of a body of nothing but elements without sense a thousand are kept, and the rest is counted")
  func strays() {
    let elements = (0..<1500).map { JSONValue.object(["n": .number(JSONNumber(Int64($0)))]) }
    let parsed = EnvelopeParser.sample.parse(["event": "messages.upsert", "instance": "loja-centro", "data": .array(elements)])
    #expect(parsed.events.count == ParsedEnvelope.strayLimit)
    #expect(parsed.drops == [.tooManyStrays: 500])
  }

  @Test("what nests without end is cut and not followed")
  func depth() {
    var nested: JSONValue = "deep"
    for _ in 0..<200 { nested = ["futureMessage": nested] }
    let parsed = EnvelopeParser.sample.parse([
      "event": "messages.upsert", "instance": "loja-centro",
      "data": ["key": ["remoteJid": "5511991230001@s.whatsapp.net", "id": "A"], "message": nested],
    ])
    #expect(parsed.events.count == 1)
    #expect(Case.describe(parsed).description.contains("deep") == false)
  }
}
