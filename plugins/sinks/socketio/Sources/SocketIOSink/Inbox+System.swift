import OrderedJSON

extension Inbox {
  /// What somebody published: its own members, and the event's id and time where it has none.
  static func published(_ key: String) -> PacketMapping.Payload {
    { event, _ in
      guard var payload = (event.member(key) ?? event.member("payload"))?.object else { return nil }
      if payload["id"] == nil { payload.append("id", event.body["id"] ?? .null) }
      if payload["createdAt"] == nil { payload.append("createdAt", event.occurredAt) }
      return .object(payload)
    }
  }

  /// What a channel reports: which channel and account, the members of `key`, and whatever else the event says of itself.
  static func members(of key: String) -> PacketMapping.Payload {
    { event, _ in
      var payload: JSONObject = ["id": event.body["id"] ?? .null, "kind": .string(event.kind)]
      payload.copy(["channel", "provider", "account"], from: event.body)
      if let contact = event.member("contact") { payload.append("contact", Inbox.contact(contact)) }
      let own = event.member(key)?.object
      let others = (event.body.object ?? [:]).members.filter { !envelope.contains($0.key) && (own == nil || $0.key != key) }
      for member in (own ?? [:]).members + others where payload[member.key] == nil { payload.append(member.key, member.value) }
      payload.append("timestamp", event.occurredAt)
      return .object(payload)
    }
  }

  /// Members every event has; they are told in the dialect's words or not at all.
  private static let envelope: Set<String> = [
    "v", "id", "kind", "tenant", "channel", "provider", "account", "occurredAt", "receivedAt", "conversation", "contact", "raw",
  ]
}
