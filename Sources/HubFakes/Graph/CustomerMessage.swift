import OrderedJSON

/// A customer's message as the webhook has it, from what the control API was told.
struct CustomerMessage {
  let json: JSONObject

  private var wanted: String { json["type"]?.string ?? "text" }
  /// As the webhook spells it: the answer to a flow is an interactive message.
  var type: String { wanted == "flow" ? "interactive" : wanted }
  private var text: String { json["text"]?.string ?? "Olá!" }

  /// The message without its id; a file of it is kept by `store`, which gives the file's id.
  func message(
    from: String, id: String, business: String, now: Moment, store: (_ bytes: [UInt8], _ type: String) -> String
  ) throws(ControlProblem) -> JSONObject {
    var message: JSONObject = [:]
    if from.contains(".") { message["from_user_id"] = .string(from) } else { message["from"] = .string(from) }
    message["id"] = .string(id)
    message["timestamp"] = .string(String((json["at"]?.int64 ?? now) / 1000))
    message["type"] = .string(type)
    if let target = json["replyTo"]?.string { message["context"] = ["from": .string(business), "id": .string(target)] }
    for member in ["context", "referral", "group_id", "errors"] { if let value = json[member] { message[member] = value } }
    if type == "unsupported", json["errors"] == nil {
      message["errors"] = [
        [
          "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
          "error_data": ["details": "Message type is currently not supported."],
        ]
      ]
    }
    message[type] = try content(store)
    return message
  }

  private func content(_ store: (_ bytes: [UInt8], _ type: String) -> String) throws(ControlProblem) -> JSONValue? {
    // What is given as the provider spells it stays as it is.
    if let given = json[type], given.object != nil || given.array != nil { return given }
    switch wanted {
    case "flow":
      let response = (json["response"] ?? ["flow_token": "sample"]).serialized()
      let reply: JSONValue = ["name": "flow", "body": "Sent", "response_json": .string(String(decoding: response, as: UTF8.self))]
      return ["type": "nfm_reply", "nfm_reply": reply]
    case "text": return ["body": .string(text)]
    case "image": return try file("image/png", ["caption": json["text"]], store)
    case "video": return try file("video/mp4", ["caption": json["text"]], store)
    case "audio": return try file("audio/ogg; codecs=opus", ["voice": json["voice"] ?? true], store)
    case "document": return try file("application/pdf", ["filename": json["fileName"] ?? "sample.pdf", "caption": json["text"]], store)
    case "sticker": return try file("image/webp", ["animated": false], store)
    case "location":
      return ["latitude": -23.5614, "longitude": -46.6559, "name": .string(text), "address": "Avenida Paulista, São Paulo"]
    case "contacts":
      return [
        [
          "name": ["formatted_name": .string(text), "first_name": .string(text)],
          "phones": [["phone": "+55 11 99123-0002", "type": "CELL"]],
        ]
      ]
    case "interactive": return ["type": "button_reply", "button_reply": ["id": json["button"] ?? "sample", "title": .string(text)]]
    case "button": return ["text": .string(text), "payload": json["button"] ?? "sample"]
    case "reaction":
      guard let target = json["target"]?.string else { throw ControlProblem(text: "a reaction needs a target: the id of a message") }
      return ["message_id": .string(target), "emoji": .string(json["text"]?.string ?? "👍")]
    case "edit":
      guard let target = json["target"]?.string else { throw ControlProblem(text: "an edit needs a target: the id of a message") }
      return [
        "original_message_id": .string(target), "message": ["context": ["id": "M0"], "type": "text", "text": ["body": .string(text)]],
      ]
    case "revoke":
      guard let target = json["target"]?.string else { throw ControlProblem(text: "a revoke needs a target: the id of a message") }
      return ["original_message_id": .string(target)]
    case "unsupported": return ["type": "poll_creation"]
    default: return nil
    }
  }

  private func file(
    _ usual: String, _ more: KeyValuePairs<String, JSONValue?>, _ store: (_ bytes: [UInt8], _ type: String) -> String
  ) throws(ControlProblem) -> JSONValue {
    var bytes = SampleFile.bytes(of: type)
    if let base64 = json["base64"]?.string {
      guard let given = Encodings.bytes(base64: base64) else { throw ControlProblem(text: "base64 is none") }
      bytes = given
    }
    let mime = json["mimeType"]?.string ?? usual
    var media: JSONObject = [
      "mime_type": .string(mime), "sha256": .string(Encodings.base64(Encodings.sha256(bytes))), "id": .string(store(bytes, mime)),
    ]
    for (name, value) in more { if let value { media[name] = value } }
    return .object(media)
  }
}
