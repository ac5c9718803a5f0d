public import HubPluginSDK
public import OrderedJSON

/// What the hub delivers to a channel.
extension FakeHost {
  /// Who gets what is sent.
  public struct Recipient: Sendable {
    /// The provider's key of the conversation.
    public var key: String
    /// Digits.
    public var phone: String?
    /// Other ids of the person.
    public var userID, lid: String?
    /// Whether it is a group.
    public var isGroup: Bool

    /// A person by phone, or somebody else.
    public init(_ key: String = "5511991230001", phone: String? = nil, userID: String? = nil, lid: String? = nil, isGroup: Bool = false) {
      self.key = key
      self.phone = phone ?? (isGroup || !key.utf8.allSatisfy { (0x30...0x39).contains($0) } ? nil : key)
      (self.userID, self.lid, self.isGroup) = (userID, lid, isGroup)
    }
  }

  /// Delivers a message to send and waits for its outcome.
  ///
  /// - Parameters:
  ///   - message: canonical members, `type` and what belongs to it.
  ///   - reference: the hub's id of the message.
  public func send(
    _ message: JSONObject, to recipient: Recipient = Recipient(), account: String, attempt: Int = 1,
    reference: String = "msg_01JH3V9Q6W4M8Z2K7R5T0XABCD", cause: String = "cause-1"
  ) async -> HubOutcome {
    var to: JSONObject = ["key": .string(recipient.key), "group": .bool(recipient.isGroup)]
    for (name, value) in [("phone", recipient.phone), ("userId", recipient.userID), ("lid", recipient.lid)] {
      if let value { to.append(name, .string(value)) }
    }
    var message = message
    message["id"] = .string(reference)
    let body: JSONObject = [
      "v": 1, "attempt": .number(JSONNumber(Int64(attempt))), "reference": .string(reference), "to": .object(to),
      "message": .object(message),
    ]
    return await outcome(of: "send", body, id: reference, account: account, conversation: recipient.key, cause: cause)
  }

  /// Delivers that messages were read, each given as `{"providerMessageId": …, "author"?: …}`, and waits for the outcome.
  public func markRead(_ messages: [JSONObject], in conversation: String = "5511991230001", account: String) async -> HubOutcome {
    let body: JSONObject = ["v": 1, "messages": .array(messages.map { .object($0) })]
    return await outcome(of: "read", body, id: "read-1", account: account, conversation: conversation, cause: "cause-1")
  }

  /// Tells the channel that somebody of ours begins or ends typing.
  public func typing(_ isOn: Bool, in conversation: String = "5511991230001", account: String, lastInbound: String? = nil) async {
    let body: JSONObject = ["v": 1, "on": .bool(isOn), "lastInbound": lastInbound.map { .string($0) } ?? .null]
    _ = await outcome(of: "typing", body, id: "typing-1", account: account, conversation: conversation, cause: "")
  }

  /// Tells the channel how many look at a conversation.
  public func interest(_ count: Int, in conversation: String, account: String) async {
    let body: JSONObject = ["v": 1, "count": .number(JSONNumber(Int64(count)))]
    _ = await outcome(of: "interest", body, id: "interest-1", account: account, conversation: conversation, cause: "")
  }

  private func outcome(
    of kind: String, _ body: JSONObject, id: String, account: String, conversation: String, cause: String
  ) async -> HubOutcome {
    let event = HubEvent(
      id: id, kind: kind, account: account, conversation: conversation, cause: cause, timeMilliseconds: HubClock.wall(),
      body: JSONValue.object(body).serialized())
    let completion = await delivered(event)
    return HubOutcome(status: completion.status, body: completion.text)
  }
}
