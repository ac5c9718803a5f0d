import HubModel
import OrderedJSON

/// Messages of either side.
extension ChatEngineProvider {
  /// What a message is made of.
  struct Draft {
    var id: String?
    var workspace: String
    var conversation: String
    var sender: String
    var type = "text"
    var content: String
    var replyTo: String?
    var attachments: [JSONValue] = []
    var status: String
    var providerID: String?
    var at: Moment
    var updated: Moment?
  }

  /// Keeps a message, and says what is pushed of it.
  mutating func add(_ draft: Draft, now: Moment) -> (id: String, effects: [FakeEffect]) {
    let id = draft.id ?? "msg_\(random.hex(12))"
    var message: JSONObject = [
      "id": .string(id), "workspaceId": .string(draft.workspace), "conversationId": .string(draft.conversation),
      "senderId": .string(draft.sender),
      "type": .string(draft.type), "content": .string(draft.content),
    ]
    if let replyTo = draft.replyTo { message["replyToMessageId"] = .string(replyTo) }
    message["attachments"] = .array(draft.attachments)
    message["status"] = .string(draft.status)
    message["metadata"] = draft.providerID.map { ["providerMessageId": .string($0)] } ?? [:]
    message["createdAt"] = .string(Timestamp(milliseconds: draft.at).iso8601)
    if let updated = draft.updated { message["updatedAt"] = .string(Timestamp(milliseconds: updated).iso8601) }
    keep(message, id: id, in: draft.conversation, updated: draft.updated ?? now)
    var effects: [FakeEffect] = []
    if let conversation = conversations[draft.conversation] {
      effects.append(push("conversation", conversation.json(agent: options.agent), in: draft.workspace))
    }
    effects.append(push("message", message, to: draft.conversation, in: draft.workspace))
    return (id, effects)
  }

  // MARK: REST

  /// The contract has no call for sending. This one is the fake's own, for an outbound template to be tried with:
  /// `POST /api/conversations/{id}/messages` with the workspace's token.
  package mutating func answer(_ call: FakeCall, now: Moment) -> FakeReply {
    guard call.method == "POST", call.path.count == 4, call.path[0] == "api", call.path[1] == "conversations", call.path[3] == "messages"
    else {
      return FakeReply(answer: error(status: 404, code: nil, text: "Cannot \(call.method) /\(call.path.joined(separator: "/"))"))
    }
    let field = call.header("Authorization") ?? ""
    let token = field.hasPrefix("Bearer ") ? String(field.dropFirst(7)) : ""
    guard let workspace = tokens.first(where: { $0.value == token })?.key else {
      return FakeReply(answer: error(status: 401, code: nil, text: "Invalid token"))
    }
    guard let conversation = conversations[call.path[2]], conversation.workspace == workspace else {
      return FakeReply(answer: error(status: 404, code: nil, text: "Conversation not found"))
    }
    guard let content = call.json?["content"]?.string else {
      return FakeReply(answer: error(status: 400, code: nil, text: "content is required"))
    }
    let (id, effects) = add(
      Draft(
        id: nil, workspace: workspace, conversation: conversation.id, sender: Self.subject(of: token) ?? options.agent,
        type: call.json?["type"]?.string ?? "text", content: content, replyTo: call.json?["replyToMessageId"]?.string,
        attachments: call.json?["attachments"]?.array ?? [], status: "pending", providerID: nil, at: now, updated: now), now: now)
    plan(id, Self.states, now: now)
    note([
      "kind": "message", "id": .string(id), "at": .number(JSONNumber(now)), "workspace": .string(workspace), "to": .string(conversation.id),
      "body": call.json ?? .null,
    ])
    return FakeReply(
      answer: .json(201, .object(messages[id] ?? [:])), effects: [.say("← message to \(conversation.id): \(content)")] + effects)
  }
}
