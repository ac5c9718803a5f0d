import CLibCrypto
import HubPluginSDK
import OrderedJSON

extension MessageContent {
  /// An attachment: its id at the provider is what fetches it, for seven days.
  static func media(_ type: Kind, _ member: JSONObject) -> MessageContent {
    var media = JSONObject()
    media.add("id", text: member.identifier("id"))
    media.add("url", text: member.identifier("url"))
    media.append("mimeType", member.identifier("mime_type").map(JSONValue.string) ?? .null)
    media.add("fileName", text: member.identifier("filename"))
    media.add("size", member.integer("file_size").map { .number(JSONNumber($0)) })
    media.add("sha256", text: member.identifier("sha256").map(hexadecimal))
    if type == .sticker { media.append("animated", .bool(member.flag("animated"))) }
    var content = MessageContent(type)
    content.media = .object(media)
    content.caption = member.identifier("caption")
    content.voice = type == .audio && member.flag("voice")
    return content
  }

  /// The digest comes in base64 or in hexadecimal; events carry lower-case hexadecimal. What is neither stays as it is.
  static func hexadecimal(_ digest: String) -> String {
    if digest.utf8.count == 64 { return digest.lowercased() }
    // 32 bytes are 44 characters of base64, the last of them padding.
    guard digest.utf8.count == 44, digest.utf8.last == UInt8(ascii: "=") else { return digest }
    var bytes = [UInt8](repeating: 0, count: 33)
    let input = Array(digest.utf8)
    guard EVP_DecodeBlock(&bytes, input, Int32(input.count)) == 33 else { return digest }
    return HubHex.text(bytes.prefix(32))
  }
}
