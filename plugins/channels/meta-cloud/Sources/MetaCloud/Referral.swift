import OrderedJSON

/// The advertisement or post that led to a conversation ("click to WhatsApp").
enum Referral {
  static func read(_ referral: JSONObject) -> JSONValue {
    var result = JSONObject()
    result.add("sourceId", text: referral.identifier("source_id"))
    result.add("sourceUrl", text: referral.identifier("source_url"))
    result.add("clid", text: referral.identifier("ctwa_clid"))
    result.add("title", text: referral.identifier("headline"))
    result.add("sourceType", text: referral.identifier("source_type"))
    result.add("body", text: referral.identifier("body"))
    result.add("mediaType", text: referral.identifier("media_type"))
    result.add("mediaUrl", text: referral.identifier("image_url") ?? referral.identifier("video_url"))
    result.add("thumbnailUrl", text: referral.identifier("thumbnail_url"))
    result.add("welcome", text: referral.object("welcome_message")?.identifier("text"))
    return .object(result)
  }
}
