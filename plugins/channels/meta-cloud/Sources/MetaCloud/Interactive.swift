import OrderedJSON

/// Answers to buttons, lists and flows.
enum Interactive {
  /// The member `interactive`; nil when its type is unknown or its object missing.
  static func read(_ member: JSONObject, unfamiliar parsed: inout ParsedWebhook) -> MessageContent? {
    let kind = member.identifier("type") ?? ""
    guard let reply = member.object(kind) else {
      if kind.isEmpty == false, known.contains(kind) == false { parsed.note(.interactiveType(kind)) }
      return nil
    }
    switch kind {
    case "button_reply", "list_reply": return choice(kind, reply)
    case "nfm_reply": return flow(reply)
    case "call_permission_reply": return permission(reply)
    default:
      parsed.note(.interactiveType(kind))
      return nil
    }
  }

  private static let known: Set = ["button_reply", "list_reply", "nfm_reply", "call_permission_reply"]

  /// A quick-reply button of a template.
  static func button(_ member: JSONObject) -> MessageContent {
    content(["kind": "button"], id: member.identifier("payload"), title: member.identifier("text"))
  }

  private static func choice(_ kind: String, _ reply: JSONObject) -> MessageContent {
    content(
      ["kind": .string(kind)], id: reply.identifier("id"), title: reply.identifier("title"), description: reply.identifier("description"))
  }

  /// The answers of a flow are a JSON document inside a string. They are parsed on their own and never shown as text.
  private static func flow(_ reply: JSONObject) -> MessageContent {
    var interactive: JSONObject = ["kind": "nfm_reply"]
    interactive.add("title", text: reply.identifier("name"))
    let answers = parse(reply["response_json"])
    interactive.add("data", answers)
    var content = MessageContent(.interactive)
    content.interactive = .object(interactive)
    content.text = reply.identifier("body")
    content.keepsRaw = answers == nil && reply["response_json"] != nil
    return content
  }

  private static func parse(_ answers: JSONValue?) -> JSONValue? {
    guard case .string(let text)? = answers else { return answers?.object.map(JSONValue.object) }
    return try? JSONValue(parsing: text)
  }

  private static func permission(_ reply: JSONObject) -> MessageContent {
    var data = JSONObject()
    data.add("response", text: reply.identifier("response"))
    data.add("isPermanent", reply.optionalFlag("is_permanent").map(JSONValue.bool))
    data.add("expiresAt", Moment.text(reply, "expiration_timestamp"))
    data.add("source", text: reply.identifier("response_source"))
    var content = MessageContent(.interactive)
    content.interactive = ["kind": "call_permission_reply", "data": .object(data)]
    return content
  }

  private static func content(_ start: JSONObject, id: String?, title: String?, description: String? = nil) -> MessageContent {
    var interactive = start
    interactive.add("id", text: id)
    interactive.add("title", text: title)
    interactive.add("description", text: description)
    var content = MessageContent(.interactive)
    content.interactive = .object(interactive)
    content.text = title
    return content
  }
}
