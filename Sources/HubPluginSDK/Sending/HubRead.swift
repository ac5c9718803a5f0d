import OrderedJSON

/// Messages that were read on our side.
public struct HubRead: Sendable {
  /// The provider's account.
  public let account: String
  /// The provider's key of the conversation.
  public let conversation: String
  /// Pass it on with every event that this leads to.
  public let cause: String
  /// The newest last.
  public let messages: [HubMessageReference]

  /// Reads a delivery of the kind `read`.
  ///
  /// - Throws: `HubError.Code.invalid` when it is none.
  public init(_ event: HubEvent) throws(HubError) {
    (account, conversation, cause) = (event.account, event.conversation, event.cause)
    messages = (try HubSend.body(of: event)["messages"]?.array ?? []).compactMap { HubMessageReference($0) }
  }
}

/// Somebody of ours begins or ends typing.
public struct HubTyping: Sendable {
  /// The provider's account.
  public let account: String
  /// The provider's key of the conversation.
  public let conversation: String
  /// Begins, or ends.
  public let isOn: Bool
  /// The provider's id of the newest message that came in; nil when there is none. Some providers show typing as an answer to it.
  public let lastInbound: String?

  /// Reads a delivery of the kind `typing`.
  ///
  /// - Throws: `HubError.Code.invalid` when it is none.
  public init(_ event: HubEvent) throws(HubError) {
    let body = try HubSend.body(of: event)
    (account, conversation) = (event.account, event.conversation)
    (isOn, lastInbound) = (body["on"]?.bool == true, body["lastInbound"]?.string)
  }
}

/// How many look at a conversation.
public struct HubInterest: Sendable {
  /// The provider's account.
  public let account: String
  /// The provider's key of the conversation.
  public let conversation: String
  /// 0: nobody any more.
  public let count: Int

  /// Reads a delivery of the kind `interest`.
  ///
  /// - Throws: `HubError.Code.invalid` when it is none.
  public init(_ event: HubEvent) throws(HubError) {
    (account, conversation) = (event.account, event.conversation)
    count = Int(try HubSend.body(of: event)["count"]?.int64 ?? 0)
  }
}
