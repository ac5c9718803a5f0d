internal import OrderedJSON

/// The attachment of a message that history told before as a placeholder: the member `history` of an event whose `message` names it.
struct LateMedia: Sendable {
  let media: JSONValue
  let type: String?
  let caption: JSONValue?

  /// Nil when it brings no media; history also tells its progress in this member.
  init?(_ object: JSONObject) {
    guard let media = object["media"], media.object != nil else { return nil }
    self.media = media
    type = object["type"]?.string.flatMap { MessageDraft.types.contains($0) ? $0 : nil }
    caption = object["caption"]?.nonNull
  }

  /// Puts it in the place of the placeholder.
  func fill(_ message: inout MessageMembers) {
    message.media = media
    if let type { message.type = .string(type) }
    if let caption { message.caption = caption }
    message["unsupportedType"] = nil
  }

  /// Whether a message still waits for it: one that has its media, or was deleted, keeps what it has.
  static func isAwaited(by message: JSONObject) -> Bool {
    message["media"]?.isNull ?? true && message["deleted"]?.bool != true
  }
}
