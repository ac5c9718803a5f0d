import OrderedJSON

// A provider's media URL answers only to the provider's token, which stays in the hub: frontends get the medium's id, and the hub's own link.
extension JSONValue {
  /// The hub's own link to a medium; nil for every other URL.
  var ownMediaURL: JSONValue? {
    guard let url = self["url"], url.string?.contains("/api/v1/media/msg_") == true else { return nil }
    return url
  }

  /// A canonical message whose medium has no URL but the hub's.
  var withoutMediaURL: JSONValue {
    guard var message = object, var media = message["media"]?.object, media["url"] != nil, message["media"]?.ownMediaURL == nil else {
      return self
    }
    media["url"] = nil
    message["media"] = .object(media)
    return .object(message)
  }

  /// The same for an event that may hold a provider's own words, at any depth.
  var withoutProviderURLs: JSONValue { dropping(url: false) }

  private static let media: Set<String> = ["media", "image", "video", "audio", "document", "sticker"]

  private func dropping(url isMedium: Bool) -> JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map { $0.dropping(url: isMedium) })
    case .object(let source):
      var object = JSONObject()
      for member in source.members where !(isMedium && member.key == "url") {
        object.append(member.key, member.value.dropping(url: Self.media.contains(member.key)))
      }
      return .object(object)
    default: return self
    }
  }
}
