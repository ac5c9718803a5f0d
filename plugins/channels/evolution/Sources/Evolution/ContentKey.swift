import OrderedJSON

/// The members of `message` by what they hold: the table of reference 3.4.
enum ContentKey {
  /// Reads the member's value; nil when it is broken.
  case content((JSONValue, Unwrapped) -> MessageContent?)
  case reaction
  case ignored(DropReason)

  /// Nil for a name that is not in the table.
  init?(_ name: String) {
    switch name {
    case "conversation": self = .content(MessageContent.conversation)
    case "extendedTextMessage": self = .object(MessageContent.extendedText)
    case "imageMessage": self = .object { .media(.image, $0) }
    case "videoMessage", "ptvMessage": self = .object { .media(.video, $0) }
    case "audioMessage": self = .object { .media(.audio, $0) }
    case "documentMessage": self = .object { .media(.document, $0) }
    case "stickerMessage": self = .object { .media(.sticker, $0) }
    case "locationMessage": self = .object { .location($0, isLive: false) }
    case "liveLocationMessage": self = .object { .location($0, isLive: true) }
    case "contactMessage": self = .object { .cards([$0]) }
    case "contactsArrayMessage": self = .object { .cards($0.objects("contacts")) }
    case "reactionMessage": self = .reaction
    case "pollCreationMessage", "pollCreationMessageV2", "pollCreationMessageV3", "pollCreationMessageV4", "pollCreationMessageV5":
      self = .object(MessageContent.poll)
    case "buttonsResponseMessage": self = .object(Interactive.button)
    case "listResponseMessage": self = .object(Interactive.listRow)
    case "templateButtonReplyMessage": self = .object(Interactive.templateButton)
    case "interactiveResponseMessage": self = .object(Interactive.flow)
    case "buttonsMessage", "listMessage", "templateMessage": self = .object(Interactive.offer)
    case "interactiveMessage": self = .object(Interactive.nativeOffer)
    case "orderMessage": self = .object(MessageContent.order)
    case "productMessage": self = .object(MessageContent.product)
    case "groupInviteMessage": self = .object(MessageContent.invite)
    case "eventMessage": self = .content { value, whole in value.object.map { .event($0, in: whole.message) } }
    case "albumMessage": self = .ignored(.albumHeader)
    case "pollUpdateMessage": self = .ignored(.encryptedVote)
    case "protocolMessage", "keepInChatMessage", "pinInChatMessage", "encReactionMessage", "secretEncryptedMessage",
      "placeholderMessage", "stickerSyncRmrMessage":
      self = .ignored(.control)
    default: return nil
    }
  }

  private static func object(_ read: @escaping (JSONObject) -> MessageContent?) -> ContentKey {
    .content { value, _ in value.object.flatMap(read) }
  }
}
