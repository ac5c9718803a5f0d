import HubPluginSDK
import OrderedJSON

/// The member of a message to send that is named like its type.
enum GraphContent: Sendable {
  case plain(type: String, JSONValue)
  case media(GraphMedia)
  /// An interactive message with a file above its text.
  case headed(JSONObject, GraphMedia)

  /// Checks content against what the provider takes.
  init(_ content: HubContent) throws(HubError) {
    switch content {
    case .text(let text, let previewsLinks):
      try Limits.check(text, "message.text", limit: 4096)
      var object = JSONObject()
      object.add("preview_url", previewsLinks.map(JSONValue.bool))
      object.append("body", .string(text))
      self = .plain(type: "text", .object(object))
    case .media(let media): self = .media(try GraphMedia(media))
    case .location(let location): self = .plain(type: "location", try Self.location(location))
    case .contacts(let cards): self = .plain(type: "contacts", try GraphContactCard.list(cards))
    case .interactive(let interactive): self = try GraphInteractive.content(interactive)
    case .reaction(let reaction): self = .plain(type: "reaction", try Self.reaction(reaction))
    case .template(let template): self = .plain(type: "template", try Self.template(template))
    case .poll: throw HubError(.unsupported, "the Cloud API has no polls")
    }
  }

  var type: String {
    switch self {
    case .plain(let type, _): type
    case .media(let media): media.media.kind.rawValue
    case .headed: "interactive"
    }
  }

  /// What has to be uploaded first.
  var upload: MediaUpload? {
    switch self {
    case .plain: nil
    case .media(let media), .headed(_, let media): media.upload
    }
  }

  /// - Parameter uploaded: the provider's id of what was uploaded.
  func value(uploaded: String?) -> JSONValue {
    switch self {
    case .plain(_, let value): return value
    case .media(let media): return .object(media.object(uploaded: uploaded))
    case .headed(var interactive, let media):
      let kind = media.media.kind.rawValue
      interactive["header"] = ["type": .string(kind), kind: .object(media.object(uploaded: uploaded))]
      return .object(interactive)
    }
  }

  private static func location(_ location: HubLocation) throws(HubError) -> JSONValue {
    guard (-90...90).contains(location.latitude), (-180...180).contains(location.longitude) else {
      throw HubError(.invalid, "message.location: latitude is -90 to 90, longitude -180 to 180")
    }
    var object: JSONObject = [
      "latitude": .number(JSONNumber(location.latitude)), "longitude": .number(JSONNumber(location.longitude)),
    ]
    object.add("name", text: location.name)
    object.add("address", text: location.address)
    return .object(object)
  }

  /// An empty emoji takes the reaction back.
  private static func reaction(_ reaction: HubReaction) throws(HubError) -> JSONValue {
    try Limits.check(id: reaction.target.providerMessageID, "message.reaction.target")
    return ["message_id": .string(reaction.target.providerMessageID), "emoji": .string(reaction.emoji ?? "")]
  }

  private static func template(_ template: JSONObject) throws(HubError) -> JSONValue {
    guard let name = template.identifier("name") else { throw HubError(.invalid, "message.template.name is missing") }
    let language: JSONObject? = template.object("language") ?? template.identifier("language").map { ["code": .string($0)] }
    guard let language, language.identifier("code") != nil else { throw HubError(.invalid, "message.template.language is missing") }
    var object: JSONObject = ["name": .string(name), "language": .object(language)]
    if let components = template["components"], components.isNull == false {
      guard components.array != nil else { throw HubError(.invalid, "message.template.components is no list") }
      object.append("components", components)
    }
    return .object(object)
  }
}
