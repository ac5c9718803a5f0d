import HubPluginSDK
import OrderedJSON

/// Reply buttons and lists (Meta's "Interactive reply buttons messages" and "Interactive list messages").
enum GraphInteractive {
  static func content(_ interactive: HubInteractive) throws(HubError) -> GraphContent {
    try Limits.check(interactive.text, "message.interactive.text", limit: 4096)
    let type: String
    let action: JSONValue
    switch interactive.form {
    case .buttons(let buttons): (type, action) = ("button", try Self.action(buttons: buttons))
    case .list(let button, let sections): (type, action) = ("list", try Self.action(button: button, sections))
    }
    var object: JSONObject = ["type": .string(type)]
    if case .text(let header)? = interactive.header { object.append("header", ["type": "text", "text": .string(header)]) }
    object.append("body", ["text": .string(interactive.text)])
    if let footer = interactive.footer { object.append("footer", ["text": .string(footer)]) }
    object.append("action", action)
    guard case .media(let media)? = interactive.header else { return .plain(type: "interactive", .object(object)) }
    guard type == "button", [.image, .video, .document].contains(media.kind) else {
      throw HubError(.invalid, "message.interactive.header: only buttons take a file, and it is an image, a video or a document")
    }
    return .headed(object, try GraphMedia(media, "message.interactive.header.media"))
  }

  private static func action(buttons: [HubInteractive.Choice]) throws(HubError) -> JSONValue {
    try Limits.check(count: buttons.count, "message.interactive.buttons", in: 1...3)
    var replies: [JSONValue] = []
    for (index, button) in buttons.enumerated() {
      try Limits.check(button.id, "message.interactive.buttons[\(index)].id", limit: 256)
      try Limits.check(button.title, "message.interactive.buttons[\(index)].title", limit: 20)
      replies.append(["type": "reply", "reply": ["id": .string(button.id), "title": .string(button.title)]])
    }
    return ["buttons": .array(replies)]
  }

  private static func action(button: String, _ sections: [HubInteractive.Section]) throws(HubError) -> JSONValue {
    try Limits.check(button, "message.interactive.button", limit: 20)
    try Limits.check(count: sections.count, "message.interactive.sections", in: 1...10)
    try Limits.check(count: sections.reduce(0) { $0 + $1.rows.count }, "message.interactive.sections[].rows", in: 1...10)
    var list: [JSONValue] = []
    for (index, section) in sections.enumerated() {
      let member = "message.interactive.sections[\(index)]"
      var object = JSONObject()
      if let title = section.title {
        object.append("title", .string(title))
      } else if sections.count > 1 {
        throw HubError(.invalid, "\(member).title is missing: with several sections each has one")
      }
      var rows: [JSONValue] = []
      for (place, row) in section.rows.enumerated() { rows.append(try Self.row(row, "\(member).rows[\(place)]")) }
      object.append("rows", .array(rows))
      list.append(.object(object))
    }
    return ["button": .string(button), "sections": .array(list)]
  }

  private static func row(_ row: HubInteractive.Choice, _ member: String) throws(HubError) -> JSONValue {
    try Limits.check(row.id, "\(member).id", limit: 256)
    try Limits.check(row.title, "\(member).title", limit: 24)
    var object: JSONObject = ["id": .string(row.id), "title": .string(row.title)]
    if let description = row.description {
      try Limits.check(description, "\(member).description", limit: 72)
      object.append("description", .string(description))
    }
    return .object(object)
  }
}
