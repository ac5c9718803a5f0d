import HubPluginSDK
import OrderedJSON

/// A file of a message: by its id at the provider, by a link that the provider fetches, or uploaded there first.
struct GraphMedia: Sendable {
  let media: HubMedia
  /// What is uploaded before the message is sent.
  let upload: MediaUpload?

  /// Checks the file against what the provider takes.
  ///
  /// - Parameter member: what it is called in errors.
  init(_ media: HubMedia, _ member: String = "message.media") throws(HubError) {
    self.media = media
    if let caption = media.caption, caption.isEmpty == false { try Self.check(caption, of: media.kind) }
    if let size = media.size, size > media.kind.limit {
      throw HubError(.invalid, "\(member).size is more than the \(media.kind.limit) bytes of \(media.kind.rawValue)")
    }
    if let type = media.mimeType { try Self.check(type, of: media.kind, member) }
    switch media.source {
    case .upload(let id): upload = try MediaUpload(id, media, member)
    case .url(let url):
      guard url.hasPrefix("https://") || url.hasPrefix("http://") else { throw HubError(.invalid, "\(member).url is no http address") }
      upload = nil
    case .provider(let id):
      try Limits.check(id: id, "\(member).id")
      upload = nil
    }
  }

  /// The object named like the type.
  ///
  /// - Parameter uploaded: the provider's id of what was uploaded.
  func object(uploaded: String?) -> JSONObject {
    var object = JSONObject()
    switch media.source {
    case .upload: object.add("id", text: uploaded)
    case .url(let url): object.append("link", .string(url))
    case .provider(let id): object.append("id", .string(id))
    }
    if media.kind == .document { object.add("filename", text: media.fileName) }
    if let caption = media.caption, caption.isEmpty == false { object.append("caption", .string(caption)) }
    if media.kind == .audio, media.isVoice { object.append("voice", true) }
    return object
  }

  private static func check(_ caption: String, of kind: HubMedia.Kind) throws(HubError) {
    guard kind != .audio, kind != .sticker else { throw HubError(.invalid, "message.caption: \(kind.rawValue) has none") }
    try Limits.check(caption, "message.caption", limit: 1024)
  }

  /// Parameters such as `codecs=opus` don't matter.
  private static func check(_ type: String, of kind: HubMedia.Kind, _ member: String) throws(HubError) {
    let essence = type.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard kind.types.isEmpty || kind.types.contains(essence) else {
      throw HubError(.invalid, "\(member).mimeType of \(kind.rawValue) is none of \(kind.types.joined(separator: ", "))")
    }
  }
}

extension HubMedia.Kind {
  /// The media types taken; empty: every one.
  fileprivate var types: [String] {
    switch self {
    case .image: ["image/jpeg", "image/png"]
    case .video: ["video/mp4", "video/3gpp"]
    case .audio: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]
    case .sticker: ["image/webp"]
    case .document: []
    }
  }

  /// Bytes. Of a sticker it is that of an animated one; a static one has 100 KB, but nothing here tells them apart.
  fileprivate var limit: Int64 {
    switch self {
    case .image: 5 << 20
    case .video, .audio: 16 << 20
    case .sticker: 500 << 10
    case .document: 100 << 20
    }
  }
}
