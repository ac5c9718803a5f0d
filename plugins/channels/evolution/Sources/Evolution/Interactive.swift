import OrderedJSON

/// Buttons, lists and flows: the answers of contacts, and what businesses offer.
enum Interactive {
  static func button(_ member: JSONObject) -> MessageContent {
    answer("button_reply", id: member.identifier("selectedButtonId"), title: member.identifier("selectedDisplayText"))
  }

  static func listRow(_ member: JSONObject) -> MessageContent {
    let id = member.object("singleSelectReply")?.identifier("selectedRowId")
    return answer("list_reply", id: id, title: member.identifier("title"), description: member.identifier("description"))
  }

  static func templateButton(_ member: JSONObject) -> MessageContent {
    answer("button", id: member.identifier("selectedId"), title: member.identifier("selectedDisplayText"))
  }

  /// The parameters of a flow are a JSON document inside a string.
  static func flow(_ member: JSONObject) -> MessageContent {
    let flow = member.object("nativeFlowResponseMessage") ?? [:]
    let text = member.object("body")?.identifier("text")
    let data = flow["paramsJson"]?.string.flatMap { try? JSONValue(parsing: $0) }
    var content = answer("native_flow", id: flow.identifier("name"), title: text, data: data)
    if data == nil, flow["paramsJson"] != nil { content.raw = .object(member) }
    return content
  }

  /// Buttons, a list behind one, or a template with some, as businesses send them.
  static func offer(_ member: JSONObject) -> MessageContent {
    let template = member.object("hydratedTemplate") ?? member.object("hydratedFourRowTemplate")
    let text =
      member.identifier(["contentText", "description"]) ?? template?.identifier("hydratedContentText") ?? member.identifier("title")
    var content = answer("button", id: nil, title: member.identifier(["buttonText", "title"]))
    content.text = text
    return content
  }

  static func nativeOffer(_ member: JSONObject) -> MessageContent {
    answer("native_flow", id: nil, title: member.object("body")?.identifier("text"))
  }

  static func answer(
    _ kind: String, id: String?, title: String?, description: String? = nil, data: JSONValue? = nil
  ) -> MessageContent {
    var interactive: JSONObject = ["kind": .string(kind)]
    interactive.add("id", text: id)
    interactive.add("title", text: title)
    interactive.add("description", text: description)
    interactive.add("data", data)
    var content = MessageContent(.interactive)
    content.interactive = .object(interactive)
    content.text = title
    return content
  }
}
