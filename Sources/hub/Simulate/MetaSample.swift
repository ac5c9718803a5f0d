import ArgumentParser
import HubModel
import OrderedJSON

/// A webhook as Meta sends it, for `hub simulate meta`. The shapes are those of the Cloud API's documentation.
struct MetaSample {
  enum Kind: String, SimulatedKind {
    case text, image, video, audio, document, sticker, location, contacts, interactive, button, reaction, order, unsupported, echo, status

    static var outbound: Self { .echo }
  }

  /// The words a status can be.
  static let statusWords = ["sent", "delivered", "read", "failed"]

  let kind: Kind
  let account: String
  let from: String
  let name: String
  let text: String
  /// The message a status or reaction is about; nil for what stands alone.
  let target: String?
  let id: String
  let seconds: Int64

  /// The whole body of the POST.
  var body: JSONValue {
    var value: JSONObject = [
      "messaging_product": "whatsapp",
      "metadata": ["display_phone_number": .string(Self.businessPhone), "phone_number_id": .string(account)],
    ]
    switch kind {
    case .status: value["statuses"] = [.object(status)]
    case .echo: value["message_echoes"] = [echo]
    default:
      value["contacts"] = [["profile": ["name": .string(name)], "wa_id": .string(from)]]
      value["messages"] = [.object(message)]
    }
    return [
      "object": "whatsapp_business_account",
      "entry": [["id": "100000000000000", "changes": [["field": .string(field), "value": .object(value)]]]],
    ]
  }

  private static let businessPhone = "15550000000"

  private var field: String { kind == .echo ? "smb_message_echoes" : "messages" }

  private var status: JSONObject {
    var status: JSONObject = [
      "id": .string(target ?? id), "status": .string(text), "timestamp": .string(String(seconds)), "recipient_id": .string(from),
    ]
    if text == "failed" { status["errors"] = [["code": 131_026, "title": "Message undeliverable"]] }
    return status
  }

  /// What a person typed on the business phone.
  private var echo: JSONValue {
    [
      "from": .string(Self.businessPhone), "to": .string(from), "id": .string(id), "timestamp": .string(String(seconds)), "type": "text",
      "text": ["body": .string(text)],
    ]
  }

  private var message: JSONObject {
    var message: JSONObject = [
      "from": .string(from), "id": .string(id), "timestamp": .string(String(seconds)), "type": .string(kind.rawValue),
    ]
    if kind == .unsupported {
      message["errors"] = [["code": 131_051, "title": "Message type unknown"]]
    } else {
      message[kind.rawValue] = content
    }
    return message
  }

  private var content: JSONValue {
    switch kind {
    case .text: ["body": .string(text)]
    case .image, .video: media("\(kind.rawValue)/\(kind == .image ? "jpeg" : "mp4")", ["caption": .string(text)])
    case .audio: media("audio/ogg; codecs=opus", ["voice": true])
    case .document: media("application/pdf", ["filename": "sample.pdf", "caption": .string(text)])
    case .sticker: media("image/webp", ["animated": false])
    case .location: ["latitude": -23.5614, "longitude": -46.6559, "name": .string(text)]
    case .contacts: [["name": ["formatted_name": .string(text)], "phones": [["phone": "+55 11 99123-0002", "type": "CELL"]]]]
    case .interactive: ["type": "button_reply", "button_reply": ["id": "sample", "title": .string(text)]]
    case .button: ["text": .string(text), "payload": "sample"]
    case .reaction: ["message_id": .string(target ?? id), "emoji": .string(text)]
    case .order: ["catalog_id": "1", "text": .string(text), "product_items": [["product_retailer_id": "sku-1", "quantity": 1]]]
    case .unsupported, .status, .echo: .null
    }
  }

  private func media(_ mimeType: String, _ more: JSONObject) -> JSONValue {
    var media: JSONObject = ["id": "1000000000000001", "mime_type": .string(mimeType), "sha256": "c2FtcGxl"]
    for member in more { media.append(member.key, member.value) }
    return .object(media)
  }
}
