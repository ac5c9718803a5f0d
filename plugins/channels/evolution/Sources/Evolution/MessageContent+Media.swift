import OrderedJSON

/// Attachments. Their `url` leads to an encrypted file and is left out; the message's id is what fetches the media from the server.
extension MessageContent {
  static func media(_ kind: Kind, _ member: JSONObject) -> MessageContent {
    var media: JSONObject = ["mimeType": JSONValue(orNull: member.identifier(["mimetype", "mime_type"]))]
    media.add("fileName", text: kind == .document ? member.identifier(["fileName", "filename", "title"]) : nil)
    media.add("size", whole(member, ["fileLength", "file_size"]))
    media.add("sha256", text: WireBytes.digest(member["fileSha256"] ?? member["sha256"]))
    media.add("seconds", whole(member, ["seconds"]))
    media.add("pages", kind == .document ? whole(member, ["pageCount"]) : nil)
    if kind == .sticker { media.append("animated", .bool(member.flag("isAnimated") || member.flag("animated"))) }
    media.raise("animated", kind == .video && member.flag("gifPlayback"))
    var content = MessageContent(kind)
    content.media = .object(media)
    content.caption = member.identifier("caption")
    content.isVoice = kind == .audio && (member.flag("ptt") || member.flag("voice"))
    return content
  }

  /// Adds what stands beside the content: the id that fetches it, a public address when the server has storage, and how long inline media are.
  mutating func addExtras(_ extras: JSONObject, id: String?) {
    guard case .object(let known)? = media else { return }
    var media = JSONObject()
    media.add("id", text: id)
    media.add("url", text: extras.identifier("mediaUrl"))
    for member in known { media.append(member.key, member.value) }
    media.add("inlineBytes", extras["base64"]?.string.flatMap(Self.length))
    self.media = .object(media)
  }

  /// How many bytes a base64 text stands for; a data URL's head doesn't count.
  private static func length(ofBase64 text: String) -> JSONValue? {
    let body = text.hasPrefix("data:") ? text.utf8.drop { $0 != UInt8(ascii: ",") }.dropFirst() : text.utf8[...]
    let padding = body.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard body.count >= 4 else { return nil }
    return .number(JSONNumber(Int64(body.count * 3 / 4 - padding)))
  }

  private static func whole(_ member: JSONObject, _ keys: [String]) -> JSONValue? {
    keys.lazy.compactMap { member.wireInteger($0) }.first.map { .number(JSONNumber($0)) }
  }
}
