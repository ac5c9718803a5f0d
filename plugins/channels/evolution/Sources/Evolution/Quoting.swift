import OrderedJSON

/// What a message refers to. The context stands beside the content, inside it, or in both places.
struct Quoting {
  private(set) var replyTo: String?
  private(set) var isForwarded = false
  private(set) var isForwardedOften = false
  private(set) var mentions: JSONValue?
  private(set) var referral: JSONValue?

  init(outer: JSONObject? = nil, inner: JSONObject? = nil) {
    for context in [outer, inner].compactMap({ $0 }) {
      // Disappearing chats put a context everywhere: without this id it is no reply.
      replyTo = replyTo ?? context.identifier("stanzaId")
      let score = context.wireInteger("forwardingScore") ?? 0
      isForwarded = isForwarded || context.flag("isForwarded") || score > 0
      isForwardedOften = isForwardedOften || score >= 5
      mentions = mentions ?? Self.mentions(context["mentionedJid"])
      referral = referral ?? context.object("externalAdReply").flatMap { Self.referral($0, context) }
    }
  }

  private static func mentions(_ list: JSONValue?) -> JSONValue? {
    let people = (list?.array ?? []).compactMap { Person([$0.string])?.json }
    return people.isEmpty ? nil : .array(people)
  }

  /// The advertisement that led to the conversation; a link card without source is none.
  private static func referral(_ ad: JSONObject, _ context: JSONObject) -> JSONValue? {
    var referral = JSONObject()
    referral.add("sourceId", text: ad.identifier("sourceId"))
    referral.add("sourceUrl", text: ad.identifier("sourceUrl"))
    referral.add("clid", text: ad.identifier("ctwaClid"))
    guard referral.isEmpty == false else { return nil }
    referral.add("title", text: ad.identifier("title"))
    referral.add("body", text: ad.identifier("body"))
    referral.add("entryPoint", text: context.identifier("entryPointConversionSource"))
    return .object(referral)
  }
}
