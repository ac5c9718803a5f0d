import HubModel
import HubPluginSDK
import OrderedJSON

/// Files.
extension HubSend {
  func call(_ media: HubMedia) throws(HubError) -> RESTCall {
    switch media.kind {
    case .sticker: return try post("sendSticker", ["number": number], media, as: "sticker")
    case .audio where media.isVoice: return try post("sendWhatsAppAudio", ["number": number], media, as: "audio")
    case .image, .video, .audio, .document:
      var body: JSONObject = ["number": number, "mediatype": .string(media.kind.rawValue)]
      body.add("mimetype", text: media.mimeType)
      body.add("caption", text: media.caption)
      body.add("fileName", text: media.fileName ?? Self.name(for: media))
      return try post("sendMedia", body, media, as: "media")
    }
  }

  private func post(_ name: String, _ body: JSONObject, _ media: HubMedia, as member: String) throws(HubError) -> RESTCall {
    var body = quoting(body)
    switch media.source {
    case .upload(let id): return post(name, body, file: (member, id))
    case .url(let url):
      // The server fetches it, from inside of the operator's network.
      guard OutboundURL(url)?.looksPublic == true else {
        throw HubError(.invalid, "message.media.url is no http address on the public internet")
      }
      body.append(member, .string(url))
      return post(name, body)
    case .provider: throw HubError(.unsupported, "the server sends no file by the id of a message")
    }
  }

  /// A document of which the server gets bytes needs a name.
  private static func name(for media: HubMedia) -> String? {
    guard media.kind == .document, case .upload = media.source else { return nil }
    let subtype = media.mimeType?.split(separator: ";").first?.split(separator: "/").last.map(String.init) ?? ""
    let isPlain = subtype.isEmpty == false && subtype.utf8.count <= 8 && subtype.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return isPlain ? "document.\(subtype == "plain" ? "txt" : subtype)" : "document"
  }
}
