public import OrderedJSON

/// What a message to send says.
public enum HubContent: Sendable, Hashable {
  /// `previewsLinks` is nil when the sender left it to the provider.
  case text(String, previewsLinks: Bool?)
  case media(HubMedia)
  case location(HubLocation)
  /// Each with `name` and `phones`, as the canonical model has them.
  case contacts([JSONObject])
  case interactive(HubInteractive)
  case reaction(HubReaction)
  /// `name`, `language`, `components`: the provider's own form.
  case template(JSONObject)
  /// How many options may be chosen; 0: any number.
  case poll(question: String, options: [String], selectable: Int)

  init(_ message: JSONObject) throws(HubError) {
    let type = message["type"]?.string ?? ""
    func object(_ name: String) throws(HubError) -> JSONObject {
      guard let object = message[name]?.object else { throw HubError(.invalid, "message.\(name) is missing") }
      return object
    }
    switch type {
    case "text":
      guard let text = message["text"]?.string else { throw HubError(.invalid, "message.text is missing") }
      self = .text(text, previewsLinks: message["previewUrl"]?.bool)
    case "image", "video", "audio", "document", "sticker":
      guard let kind = HubMedia.Kind(rawValue: type) else { throw HubError(.unsupported, "the type \(type) is not known") }
      self = .media(try HubMedia(kind, try object("media"), of: message))
    case "location": self = .location(try HubLocation(try object("location")))
    case "contacts": self = .contacts((message["contacts"]?.array ?? []).compactMap(\.object))
    case "interactive": self = .interactive(try HubInteractive(try object("interactive"), of: message))
    case "reaction": self = .reaction(try HubReaction(try object("reaction")))
    case "template": self = .template(try object("template"))
    case "poll":
      let poll = try object("poll")
      self = .poll(
        question: message["text"]?.string ?? "", options: (poll["options"]?.array ?? []).compactMap(\.string),
        selectable: Int(poll["selectable"]?.int64 ?? 1))
    default: throw HubError(.unsupported, "the type \(type) is not known")
    }
  }
}

/// A file in a message.
public struct HubMedia: Sendable, Hashable {
  /// How it is shown.
  public enum Kind: String, Sendable {
    case image, video, audio, document, sticker
  }

  /// Where its bytes are.
  public enum Source: Sendable, Hashable {
    /// Uploaded to the hub: `med_…`, a body part of the form `upload` in an HTTP request.
    case upload(String)
    /// Somewhere else; the provider fetches it.
    case url(String)
    /// At the provider already, under its own id.
    case provider(String)
  }

  /// How it is shown.
  public let kind: Kind
  /// Where its bytes are.
  public let source: Source
  /// For example `image/jpeg`.
  public let mimeType: String?
  /// As the receiver sees it.
  public let fileName: String?
  /// In bytes.
  public let size: Int64?
  /// The text under it.
  public let caption: String?
  /// Whether audio is a voice message.
  public let isVoice: Bool

  init(_ kind: Kind, _ media: JSONObject, of message: JSONObject) throws(HubError) {
    if let id = media["upload"]?.string {
      source = .upload(id)
    } else if let id = media["id"]?.string {
      source = .provider(id)
    } else if let url = media["url"]?.string {
      source = .url(url)
    } else {
      throw HubError(.invalid, "message.media has neither upload nor id nor url")
    }
    self.kind = kind
    (mimeType, fileName, size) = (media["mimeType"]?.string, media["fileName"]?.string, media["size"]?.int64)
    (caption, isVoice) = (message["caption"]?.string, message["voice"]?.bool == true)
  }
}

/// A place.
public struct HubLocation: Sendable, Hashable {
  /// Degrees.
  public let latitude, longitude: Double
  /// What it is called, and where it is.
  public let name, address: String?

  init(_ location: JSONObject) throws(HubError) {
    guard let latitude = location["latitude"]?.double, let longitude = location["longitude"]?.double else {
      throw HubError(.invalid, "message.location has no latitude or no longitude")
    }
    (self.latitude, self.longitude) = (latitude, longitude)
    (name, address) = (location["name"]?.string, location["address"]?.string)
  }
}

/// A reaction to a message.
public struct HubReaction: Sendable, Hashable {
  /// The message it is about.
  public let target: HubMessageReference
  /// Nil takes the reaction back.
  public let emoji: String?

  init(_ reaction: JSONObject) throws(HubError) {
    guard let id = reaction["target"]?.string else { throw HubError(.invalid, "message.reaction.target is missing") }
    var reference: JSONObject = ["providerMessageId": .string(id)]
    for name in ["fromMe", "author"] { reference[name] = reaction[name] }
    guard let target = HubMessageReference(.object(reference)) else { throw HubError(.invalid, "message.reaction.target is missing") }
    self.target = target
    emoji = reaction["removed"]?.bool == true ? nil : reaction["emoji"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }
}
