import HubPluginSDK
import OrderedJSON
import Testing

@testable import MetaCloud

/// The limits of the reference's table in "Sending", each at its last allowed value and one beyond.
@Suite struct OutboundMessageTests {
  /// Something with one measure, and what is said of it when it has one too many.
  struct Limit: CustomTestStringConvertible, Sendable {
    let name: String
    let limit: Int
    let message: @Sendable (Int) -> JSONObject
    let complaint: String
    var testDescription: String { name }
  }

  static let limits: [Limit] = [
    Limit(
      name: "text", limit: 4096, message: { ["type": "text", "text": .string(long($0))] },
      complaint: "message.text is longer than 4096 characters"),
    Limit(
      name: "caption", limit: 1024,
      message: { ["type": "document", "media": ["id": "1"], "caption": .string(long($0))] },
      complaint: "message.caption is longer than 1024 characters"),
    Limit(
      name: "image bytes", limit: 5_242_880, message: { media("image", "image/png", size: $0) },
      complaint: "message.media.size is more than the 5242880 bytes of image"),
    Limit(
      name: "video bytes", limit: 16_777_216, message: { media("video", "video/3gpp", size: $0) },
      complaint: "message.media.size is more than the 16777216 bytes of video"),
    Limit(
      name: "audio bytes", limit: 16_777_216, message: { media("audio", "audio/ogg; codecs=opus", size: $0) },
      complaint: "message.media.size is more than the 16777216 bytes of audio"),
    Limit(
      name: "document bytes", limit: 104_857_600, message: { media("document", "text/csv", size: $0) },
      complaint: "message.media.size is more than the 104857600 bytes of document"),
    Limit(
      name: "sticker bytes", limit: 512_000, message: { media("sticker", "image/webp", size: $0) },
      complaint: "message.media.size is more than the 512000 bytes of sticker"),
    Limit(
      name: "buttons", limit: 3, message: { interactive(["kind": "buttons", "buttons": .array((0..<$0).map { choice("b\($0)", "x") })]) },
      complaint: "message.interactive.buttons has 4 elements, not 1 to 3"),
    Limit(
      name: "button title", limit: 20, message: { interactive(["kind": "buttons", "buttons": [choice("b", long($0))]]) },
      complaint: "message.interactive.buttons[0].title is longer than 20 characters"),
    Limit(
      name: "button id", limit: 256, message: { interactive(["kind": "buttons", "buttons": [choice(long($0), "x")]]) },
      complaint: "message.interactive.buttons[0].id is longer than 256 characters"),
    Limit(
      name: "list button", limit: 20, message: { list(button: long($0), [section([choice("a", "x")])]) },
      complaint: "message.interactive.button is longer than 20 characters"),
    Limit(
      name: "sections", limit: 10,
      message: { list([JSONValue]((0..<$0).map { section($0 < 10 ? [choice("r\($0)", "x")] : []) })) },
      complaint: "message.interactive.sections has 11 elements, not 1 to 10"),
    Limit(
      name: "rows", limit: 10, message: { list([section((0..<$0).map { choice("r\($0)", "x") })]) },
      complaint: "message.interactive.sections[].rows has 11 elements, not 1 to 10"),
    Limit(
      name: "row title", limit: 24, message: { list([section([choice("a", long($0))])]) },
      complaint: "message.interactive.sections[0].rows[0].title is longer than 24 characters"),
    Limit(
      name: "row description", limit: 72, message: { list([section([choice("a", "x", long($0))])]) },
      complaint: "message.interactive.sections[0].rows[0].description is longer than 72 characters"),
  ]

  @Test("a limit is kept to the last character, and what is over is told with its member", arguments: OutboundMessageTests.limits)
  func limit(_ limit: Limit) throws {
    _ = try OutboundMessage(Self.send(limit.message(limit.limit)))
    #expect(throws: HubError(.invalid, limit.complaint)) { try OutboundMessage(Self.send(limit.message(limit.limit + 1))) }
  }

  @Test("characters are counted, not bytes: accents and emoji are one each")
  func characters() throws {
    _ = try OutboundMessage(Self.send(["type": "text", "text": .string(String(repeating: "é😀", count: 2048))]))
  }

  @Test("of a reference too long for the callback data nothing is sent along, and the message still goes")
  func callback() throws {
    let fits = try OutboundMessage(Self.send(["type": "text", "text": "oi"], reference: Self.long(508))).request()
    #expect(fits.json["biz_opaque_callback_data"] == .string("hub:" + Self.long(508)))
    let over = try OutboundMessage(Self.send(["type": "text", "text": "oi"], reference: Self.long(509))).request()
    #expect(over.json["biz_opaque_callback_data"] == nil && over.json["text"]?["body"] == "oi")
  }

  @Test("neither account nor media id leads to another path")
  func path() {
    let request = GraphRequest.messages(account: "../1?x=#/", [:])
    #expect(request.url(base: "https://graph.example/v23.0/") == "https://graph.example/v23.0/%2E%2E%2F1%3Fx%3D%23%2F/messages")
    let media = MediaLocation.request(media: "a/../b", account: "1&2")
    #expect(media.url(base: "https://graph.example/v23.0") == "https://graph.example/v23.0/a%2F%2E%2E%2Fb?phone_number_id=1%262")
  }

  @Test("a file's name and type cannot break out of the form", arguments: ["a\"\r\nX: y.pdf", "\r\n--hub-0--"])
  func form(_ name: String) throws {
    let media: JSONObject = ["upload": "med_1", "mimeType": "application/pdf", "fileName": .string(name)]
    let upload = try #require(try OutboundMessage(Self.send(["type": "document", "media": .object(media)])).upload)
    let head = try #require(upload.request(account: "1", salt: "s").parts.first)
    guard case .bytes(let bytes) = head else {
      Issue.record("the form does not begin with text")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self).ranges(of: "\r\n").count == 12)
    #expect(throws: HubError.self) {
      try OutboundMessage(Self.send(["type": "document", "media": ["upload": "med_1", "mimeType": "a/b\r\nX: y"]]))
    }
  }

  @Test("the boundary of a form depends on what nobody knows who chose the file")
  func boundary() throws {
    let upload = try MediaUpload("med_1", Self.pdf(), "message.media")
    #expect(upload.request(account: "1", salt: "msg_1").contentType != upload.request(account: "1", salt: "msg_2").contentType)
  }

  // MARK: Making sends

  static func send(_ message: JSONObject, reference: String = "msg_1") throws -> HubSend {
    let body: JSONObject = [
      "v": 1, "attempt": 1, "reference": .string(reference), "to": ["key": "5511991230001", "phone": "5511991230001"],
      "message": .object(message),
    ]
    return try HubSend(
      HubEvent(
        id: reference, kind: "send", account: "118273645509812", conversation: "5511991230001", cause: "", timeMilliseconds: 1,
        body: JSONValue.object(body).serialized()))
  }

  static func pdf() throws -> HubMedia {
    let send = try send(["type": "document", "media": ["upload": "med_1", "mimeType": "application/pdf"]])
    guard case .media(let media) = send.content else { throw HubError(.invalid, "no media") }
    return media
  }

  private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

  private static func media(_ type: String, _ mimeType: String, size: Int) -> JSONObject {
    ["type": .string(type), "media": ["id": "1", "mimeType": .string(mimeType), "size": .number(JSONNumber(Int64(size)))]]
  }

  private static func interactive(_ members: JSONObject) -> JSONObject {
    var interactive = members
    interactive["text"] = "Qual?"
    return ["type": "interactive", "interactive": .object(interactive)]
  }

  private static func list(button: String = "Ver", _ sections: [JSONValue]) -> JSONObject {
    interactive(["kind": "list", "button": .string(button), "sections": .array(sections)])
  }

  private static func section(_ rows: [JSONValue]) -> JSONValue { ["title": "t", "rows": .array(rows)] }

  private static func choice(_ id: String, _ title: String, _ description: String? = nil) -> JSONValue {
    var choice: JSONObject = ["id": .string(id), "title": .string(title)]
    choice.add("description", text: description)
    return .object(choice)
  }
}

extension GraphRequest {
  var json: JSONValue {
    guard case .bytes(let bytes)? = parts.first else { return .null }
    return (try? JSONValue(parsing: bytes)) ?? .null
  }
}
