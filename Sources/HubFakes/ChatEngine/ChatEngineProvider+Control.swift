import HubModel
import OrderedJSON

/// What an operator or a test asks for below `/_fake/`.
extension ChatEngineProvider {
  package mutating func control(_ call: FakeCall, now: Moment) -> FakeReply? {
    do throws(ControlProblem) {
      switch (call.method, call.path.dropFirst().first) {
      case ("GET", "sent"):
        let kind = call.parameter("kind")
        return FakeReply(answer: .list(record.filter { kind == nil || $0["kind"]?.string == kind }.map { .object($0) }, call))
      case ("GET", "subscriptions"): return FakeReply(answer: .list(subscriptions, call))
      case ("POST", "messages"): return try write(call, now: now)
      case ("POST", "conversations"): return try converse(call, now: now)
      case ("POST", "statuses"): return try tellStatus(call, now: now)
      case ("POST", "typing"): return try types(call)
      case ("POST", "tokens"): return try rotate(call)
      case ("POST", "events"): return try tellGiven(call)
      default: return nil
      }
    } catch {
      return FakeReply(answer: .complaint(400, error.text))
    }
  }

  private var subscriptions: [JSONValue] {
    sockets.sorted { $0.key < $1.key }.map { id, client in
      ["socket": .string(id), "workspace": .string(client.workspace), "conversations": .array(client.subscriptions.map { .string($0) })]
    }
  }

  private func workspace(_ json: JSONObject) throws(ControlProblem) -> String {
    let wanted = json["workspace"]?.string
    guard let found = tokens.keys.sorted().first(where: { wanted == nil || $0 == wanted }) else {
      throw ControlProblem(text: "no such workspace; there are: \(tokens.keys.sorted().joined(separator: ", "))")
    }
    return found
  }

  private func object(_ call: FakeCall) throws(ControlProblem) -> JSONObject {
    guard let object = call.json?.object else { throw ControlProblem(text: "the body is a JSON object") }
    return object
  }

  // MARK: Conversations

  /// The conversation that was asked for; one that isn't there yet is made.
  private mutating func conversation(_ json: JSONObject, _ id: String?, now: Moment) throws(ControlProblem) -> ChatEngineConversation {
    let id = id ?? "conv_3311"
    let workspace = try workspace(json)
    if let known = conversations[id] {
      guard json["workspace"] == nil || known.workspace == workspace else { throw ControlProblem(text: "\(id) is of another workspace") }
      return known
    }
    let made = ChatEngineConversation(
      id: id, workspace: workspace,
      contact: json["withoutContact"]?.bool ?? false ? nil : json["contact"]?.string ?? "ctc_\(id.dropFirst(5))",
      name: json["name"]?.string ?? "Jussara Lima", updated: now)
    keep(made)
    return made
  }

  private mutating func converse(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    var conversation = try conversation(json, json["id"]?.string, now: now)
    if let name = json["name"]?.string { conversation.name = name }
    // One that is older than what was told before, when it is asked for.
    conversation.updated = json["updatedAt"]?.int64 ?? now
    keep(conversation)
    return FakeReply(
      answer: .json(202, ["id": .string(conversation.id)]),
      effects: [push("conversation", conversation.json(agent: options.agent), in: conversation.workspace)])
  }

  /// One message or a list of them.
  private mutating func write(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let isList = call.json?.array != nil
    let wanted = (call.json?.array ?? [call.json].compactMap { $0 }).compactMap(\.object)
    guard wanted.isEmpty == false else {
      throw ControlProblem(text: #"say {"conversation": "conv_3311", "text": "Olá!"}, or a list of such"#)
    }
    var (effects, ids): ([FakeEffect], [JSONValue]) = ([], [])
    for json in wanted {
      let (id, more) = try write(json, now: now)
      ids.append(.string(id))
      effects += more
    }
    return FakeReply(answer: .json(202, isList ? ["ids": .array(ids)] : ["id": ids[0]]), effects: effects)
  }

  private mutating func write(_ json: JSONObject, now: Moment) throws(ControlProblem) -> (id: String, effects: [FakeEffect]) {
    let conversation = try conversation(json, json["conversation"]?.string, now: now)
    let isOurs = json["fromMe"]?.bool ?? false
    let sender = json["from"]?.string ?? (isOurs ? options.agent : conversation.contact ?? "ctc_0")
    return add(
      Draft(
        id: json["id"]?.string, workspace: conversation.workspace, conversation: conversation.id, sender: sender,
        type: json["type"]?.string ?? "text", content: json["text"]?.string ?? "Olá!", replyTo: json["replyTo"]?.string,
        attachments: json["attachments"]?.array ?? [], status: json["status"]?.string ?? (isOurs ? "sent" : "delivered"),
        providerID: json["providerMessageId"]?.string ?? "wamid.\(random.hex(20))", at: json["at"]?.int64 ?? now,
        updated: json["updatedAt"]?.int64), now: now)
  }

  private mutating func tellStatus(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let id = json["id"]?.string, let state = json["status"]?.string else { throw ControlProblem(text: "say id and status") }
    if messages[id] != nil { return FakeReply(answer: .done, effects: change(id, to: state, now: now)) }
    // A message that the client has not heard of, nor ever will.
    let workspace = try workspace(json)
    return FakeReply(
      answer: .done, effects: [push("messageStatus", ["messageId": .string(id), "status": .string(state)], in: workspace)])
  }

  private mutating func types(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    let conversation = try conversation(json, json["conversation"]?.string, now: 0)
    let payload = typing(conversation.id, json["from"]?.string ?? conversation.contact ?? "ctc_0", json["isTyping"]?.bool ?? true)
    return FakeReply(answer: .done, effects: [push("typing", payload, to: conversation.id, in: conversation.workspace)])
  }

  // MARK: What goes wrong

  /// The old token is no good from now on; `close` also ends who uses it.
  private mutating func rotate(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let token = json["token"]?.string else { throw ControlProblem(text: "say token, the new one") }
    let workspace = try workspace(json)
    if let old = tokens[workspace] { expired.insert(old) }
    expired.remove(token)
    tokens[workspace] = token
    guard json["close"]?.bool ?? false else { return FakeReply(answer: .done) }
    let effects = sockets.filter { $0.value.workspace == workspace }.map { FakeEffect.disconnect(socket: $0.key, closesTransport: true) }
    return FakeReply(answer: .done, effects: effects)
  }

  /// Any event to a workspace, or to those who are subscribed to a conversation.
  private func tellGiven(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let event = json["event"]?.string else { throw ControlProblem(text: "say event, and data") }
    let workspace = try workspace(json)
    let room = json["conversation"]?.string.map { Self.room(workspace, $0) } ?? workspace
    let arguments = JSONValue.array(json["data"].map { [$0] } ?? []).serialized()
    return FakeReply(answer: .done, effects: [.emit(SocketEmit(namespace: "/", room: room, name: event, arguments: arguments))])
  }
}
