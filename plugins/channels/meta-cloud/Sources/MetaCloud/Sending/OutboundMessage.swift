import HubPluginSDK
import OrderedJSON

/// A message to send, checked and in the provider's form.
struct OutboundMessage: Sendable {
  /// What statuses bring back to us begins with this; what follows is the reference the hub gave.
  static let mark = "hub:"
  /// Bytes of `biz_opaque_callback_data`.
  private static let callbackLimit = 512

  private let account: String
  private let envelope: JSONObject
  private let content: GraphContent
  private let callback: String?

  /// What has to be uploaded first.
  var upload: MediaUpload? { content.upload }

  init(_ send: HubSend) throws(HubError) {
    account = send.account
    content = try GraphContent(send.content)
    var envelope: JSONObject = ["messaging_product": "whatsapp"]
    for (key, value) in try Self.address(send.recipient) { envelope.append(key, .string(value)) }
    envelope.append("type", .string(content.type))
    // A reaction names its message itself.
    if let quoted = send.replyTo, content.type != "reaction" {
      try Limits.check(id: quoted.providerMessageID, "message.replyTo.providerMessageId")
      envelope.append("context", ["message_id": .string(quoted.providerMessageID)])
    }
    self.envelope = envelope
    let callback = Self.mark + send.reference
    self.callback = callback.utf8.count <= Self.callbackLimit ? callback : nil
  }

  /// - Parameter uploaded: the provider's id of what was uploaded.
  func request(uploaded: String? = nil) -> GraphRequest {
    var json = envelope
    json.append(content.type, content.value(uploaded: uploaded))
    json.add("biz_opaque_callback_data", text: callback)
    return .messages(account: account, .object(json))
  }

  /// The phone where one is known, because not everything may go to a user id.
  private static func address(_ recipient: HubRecipient) throws(HubError) -> [(String, String)] {
    guard recipient.key.isEmpty == false else { throw HubError(.invalid, "to.key is missing") }
    if recipient.isGroup { return [("recipient_type", "group"), ("to", recipient.key)] }
    let start = ("recipient_type", "individual")
    if let phone = Person.digits(recipient.phone ?? recipient.key) { return [start, ("to", phone)] }
    return [start, ("recipient", recipient.userID ?? recipient.key)]
  }
}
