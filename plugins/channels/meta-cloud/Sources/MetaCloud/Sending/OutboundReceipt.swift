import HubPluginSDK
import OrderedJSON

/// Marking as read, and showing that somebody types (reference "Read receipts and typing").
struct OutboundReceipt: Sendable {
  private let account: String
  private let message: String
  private let isTyping: Bool

  /// Marks the newest message, and with it all before it, as read; nil when none is named.
  init?(_ read: HubRead) {
    guard let newest = read.messages.last, newest.providerMessageID.isEmpty == false else { return nil }
    (account, message, isTyping) = (read.account, newest.providerMessageID, false)
  }

  /// Shows for up to 25 seconds that somebody types, and marks the message as read: the provider has no other way. Nil for the end of typing,
  /// which can't be told, and without a message that came in.
  init?(_ typing: HubTyping) {
    guard typing.isOn, let message = typing.lastInbound, message.isEmpty == false else { return nil }
    (account, self.message, isTyping) = (typing.account, message, true)
  }

  var request: GraphRequest {
    var json: JSONObject = ["messaging_product": "whatsapp", "status": "read", "message_id": .string(message)]
    if isTyping { json.append("typing_indicator", ["type": "text"]) }
    return .messages(account: account, .object(json))
  }
}
