import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import MetaCloud

/// Golden pairs in `Cases/sending`: NAME.json is what the hub delivers, NAME.expected.json the requests it becomes, or why it becomes none.
@Suite struct SendingCaseTests {
  @Test("every delivery becomes exactly the requests its expected file says", arguments: SendingCase.pairs.names)
  func golden(_ name: String) throws {
    let actual = PrettyJSON.text(try SendingCase(name).described)
    #expect(try actual == SendingCase.pairs.expected(name, now: actual))
  }

  @Test("no expected file is without its case")
  func noOrphans() { #expect(SendingCase.pairs.expectations == Set(SendingCase.pairs.names)) }

  @Test("every type of message has a case")
  func complete() throws {
    let types = try SendingCase.pairs.names.compactMap { try SendingCase($0).body["message"]?["type"]?.string }
    let known = [
      "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "reaction", "template", "poll",
    ]
    #expect(Set(types).isSuperset(of: known))
  }
}

struct SendingCase {
  static let pairs = GoldenPairs(ofTestsAt: #filePath, in: "sending")

  let event: HubEvent
  let body: JSONValue

  init(_ name: String) throws {
    let json = try JSONValue(parsing: try Self.pairs.bytes("\(name).json"))
    body = json["body"] ?? .null
    event = HubEvent(
      id: "1", kind: json["kind"]?.string ?? "", account: json["account"]?.string ?? "", conversation: json["conversation"]?.string ?? "",
      cause: "", timeMilliseconds: 1, body: body.serialized())
  }

  var described: JSONValue {
    do { return ["requests": .array(try requests().map(\.described))] } catch {
      return ["refused": ["code": .string("\(error.code)"), "text": .string(error.message)]]
    }
  }

  private func requests() throws(HubError) -> [GraphRequest] {
    switch event.kind {
    case "read": return OutboundReceipt(try HubRead(event)).map { [$0.request] } ?? []
    case "typing": return OutboundReceipt(try HubTyping(event)).map { [$0.request] } ?? []
    default:
      let send = try HubSend(event)
      let message = try OutboundMessage(send)
      guard let upload = message.upload else { return [message.request()] }
      return [upload.request(account: send.account, salt: send.reference), message.request(uploaded: "MEDIA-ID")]
    }
  }
}

extension GraphRequest {
  var described: JSONValue {
    let parts = parts.map { part -> JSONValue in
      switch part {
      case .bytes(let bytes) where contentType == "application/json": (try? JSONValue(parsing: bytes)) ?? .null
      case .bytes(let bytes): .string(String(decoding: bytes, as: UTF8.self))
      case .upload(let id): ["upload": .string(id)]
      }
    }
    return [
      "method": .string(method), "url": .string(url(base: "https://graph.example/v23.0")),
      "contentType": contentType.map(JSONValue.string) ?? .null, "body": parts.count == 1 ? parts[0] : .array(parts),
    ]
  }
}
