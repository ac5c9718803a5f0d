package import OrderedJSON

/// What the server's database holds: conversations, and messages with their states.
extension ChatEngineProvider {
  /// What becomes of a message that was sent.
  static let states = ["sent", "delivered", "read"]

  package mutating func recall(_ facts: [JSONObject], now: Moment) {
    for fact in facts {
      let id = fact["id"]?.string ?? ""
      switch fact["fact"]?.string {
      case "conversation": if let conversation = ChatEngineConversation(fact) { conversations[id] = conversation }
      case "message":
        guard let message = fact["message"]?.object, let conversation = fact["conversation"]?.string else { continue }
        put(message, id: id, in: conversation, updated: fact["updated"]?.int64 ?? now)
      case "sent": if let entry = fact["entry"]?.object { record.append(entry) }
      case "status":
        messages[id]?["status"] = fact["status"]
        messages[id]?["updatedAt"] = fact["updatedAt"]
      default: continue
      }
    }
    for entry in record where entry["kind"]?.string == "message" {
      guard let id = entry["id"]?.string, let state = messages[id]?["status"]?.string else { continue }
      let told = Self.states.firstIndex(of: state).map { $0 + 1 } ?? 0
      plan(id, Self.states.dropFirst(told), now: now)
    }
  }

  /// What is still to be told of a message.
  mutating func plan(_ id: String, _ states: some Sequence<String>, now: Moment) {
    for (index, state) in states.enumerated() {
      sequels.add(Sequel(message: id, state: state), at: now + Int64(index + 1) * options.statusDelay)
    }
  }

  private mutating func put(_ message: JSONObject, id: String, in conversation: String, updated: Moment) {
    messages[id] = message
    conversations[conversation]?.lastMessage = message
    conversations[conversation]?.updated = updated
  }

  // MARK: What is written down

  mutating func keep(_ message: JSONObject, id: String, in conversation: String, updated: Moment) {
    put(message, id: id, in: conversation, updated: updated)
    facts.append([
      "fact": "message", "id": .string(id), "conversation": .string(conversation), "message": .object(message),
      "updated": .number(JSONNumber(updated)),
    ])
  }

  mutating func keep(_ conversation: ChatEngineConversation) {
    conversations[conversation.id] = conversation
    facts.append([
      "fact": "conversation", "id": .string(conversation.id), "workspace": .string(conversation.workspace),
      "contact": conversation.contact.map { .string($0) } ?? .null, "name": .string(conversation.name),
      "updated": .number(JSONNumber(conversation.updated)),
    ])
  }

  /// Somebody asked for something.
  mutating func note(_ entry: JSONObject) {
    record.append(entry)
    facts.append(["fact": "sent", "entry": .object(entry)])
  }
}

extension ChatEngineConversation {
  fileprivate init?(_ fact: JSONObject) {
    guard let id = fact["id"]?.string, let workspace = fact["workspace"]?.string, let name = fact["name"]?.string,
      let updated = fact["updated"]?.int64
    else { return nil }
    self.init(id: id, workspace: workspace, contact: fact["contact"]?.string, name: name, updated: updated)
  }
}
