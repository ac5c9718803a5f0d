public import OrderedJSON

/// A message to send, as the hub delivers it to a channel.
public struct HubSend: Sendable {
  /// The hub's id of the message, `msg_…`. Where the provider passes a text of ours on with statuses and echoes, give it this one and put what
  /// comes back in the member `reference` of the emitted event: the hub joins by it, also when the answer to the attempt was lost.
  public let reference: String
  /// The provider's account.
  public let account: String
  /// The provider's key of the conversation, as the channel emits it; for a first message to a phone its digits.
  public let conversation: String
  /// Pass it on with every event that this attempt leads to.
  public let cause: String
  /// 1 at the first attempt.
  public let attempt: Int
  /// Who gets it.
  public let recipient: HubRecipient
  /// What is said.
  public let content: HubContent
  /// The message it answers to.
  public let replyTo: HubMessageReference?
  /// The canonical message, with members this type has no word for.
  public let message: JSONObject

  /// Reads a delivery of the kind `send`.
  ///
  /// - Throws: `HubError.Code.invalid` naming what is missing.
  public init(_ event: HubEvent) throws(HubError) {
    let body = try HubSend.body(of: event)
    guard let to = body["to"], let key = to["key"]?.string, let message = body["message"]?.object else {
      throw HubError(.invalid, "the delivery has no to.key or no message")
    }
    reference = body["reference"]?.string ?? event.id
    (account, conversation, cause) = (event.account, event.conversation, event.cause)
    attempt = Int(body["attempt"]?.int64 ?? 1)
    recipient = HubRecipient(
      key: key, phone: to["phone"]?.string, userID: to["userId"]?.string, lid: to["lid"]?.string, isGroup: to["group"]?.bool == true)
    content = try HubContent(message)
    replyTo = message["replyTo"].flatMap { HubMessageReference($0) }
    self.message = message
  }

  static func body(of event: HubEvent) throws(HubError) -> JSONValue {
    do { return try JSONValue(parsing: event.body) } catch { throw HubError(.invalid, "the delivery's body is not JSON: \(error)") }
  }
}

/// Who a message goes to.
public struct HubRecipient: Sendable, Hashable {
  /// The provider's key of the conversation.
  public let key: String
  /// Digits without `+`; nil when no phone is known.
  public let phone: String?
  /// The provider's id of the person, where it has one (BSUID).
  public let userID: String?
  /// The linked id of WhatsApp, with its domain.
  public let lid: String?
  /// Whether it is a group.
  public let isGroup: Bool
}

/// A message at the provider.
public struct HubMessageReference: Sendable, Hashable {
  /// The provider's id.
  public let providerMessageID: String
  /// Whether we sent it.
  public let isFromUs: Bool
  /// Who wrote it in a group: the provider's key; nil elsewhere.
  public let author: String?

  init?(_ json: JSONValue) {
    guard let id = json["providerMessageId"]?.string else { return nil }
    (providerMessageID, isFromUs, author) = (id, json["fromMe"]?.bool == true, json["author"]?.string)
  }
}
