import OrderedJSON

/// The content of a message, out of the wrappers it may stand in (reference 3.4). The content decides; `messageType` is a hint.
struct Unwrapped {
  /// What a message turned out to be.
  enum Finding {
    case message(MessageContent)
    case reaction(target: String, emoji: String?)
  }

  /// The innermost object.
  private(set) var message: JSONObject
  private var isViewOnce = false
  /// Members beside the content that Evolution adds: `base64`, `mediaUrl`, `speechToText`.
  private(set) var extras: JSONObject
  private let hint: String?
  private let outerContext: JSONObject?
  private let id: String?

  private static let levels = 5
  private static let wrappers: Set = [
    "ephemeralMessage", "viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension", "documentWithCaptionMessage",
    "editedMessage", "deviceSentMessage", "associatedChildMessage", "groupMentionedMessage", "lottieStickerMessage", "botInvokeMessage",
  ]
  /// What stands beside a content and is none.
  private static let companions: Set = ["messageContextInfo", "senderKeyDistributionMessage", "base64", "mediaUrl", "speechToText"]

  init(_ element: JSONObject) {
    message = element.object("message") ?? [:]
    extras = message
    hint = element.identifier("messageType")
    outerContext = element.object("contextInfo")
    id = element.object("key")?.identifier("id")
    for _ in 0..<Self.levels {
      guard let wrapper = message.first(where: { Self.wrappers.contains($0.key) && $0.value.object?.object("message") != nil }),
        let inner = wrapper.value.object?.object("message")
      else { break }
      if wrapper.key.hasPrefix("viewOnce") { isViewOnce = true }
      message = inner
      for member in inner where Self.companions.contains(member.key) { extras[member.key] = member.value }
    }
  }

  func read(into parsed: inout ParsedEnvelope) -> Result<Finding, DropReason> {
    guard let member = message.first(where: { Self.companions.contains($0.key) == false && $0.value.isNull == false }) else {
      return .failure(message.isEmpty ? .emptyMessage : .control)
    }
    let known = message.first { ContentKey($0.key) != nil && $0.value.isNull == false } ?? member
    guard let key = ContentKey(known.key) else {
      if hint == "unknown" { return .failure(.emptyMessage) }
      parsed.note(.content(known.key))
      return .success(.message(finish(.unsupported(message, named: known.key), [:])))
    }
    let content = known.value.object ?? [:]
    switch key {
    case .ignored(let reason): return .failure(reason)
    case .reaction:
      guard let target = content.object("key")?.identifier("id") else { return .failure(.malformedElement) }
      return .success(.reaction(target: target, emoji: content.identifier("text")))
    case .content(let read):
      let found = read(known.value, self) ?? .unsupported(message, named: known.key)
      return .success(.message(finish(found, content)))
    }
  }

  private func finish(_ found: MessageContent, _ content: JSONObject) -> MessageContent {
    var found = found
    found.context = Quoting(outer: outerContext, inner: content.object("contextInfo"))
    found.isViewOnce = isViewOnce || content.flag("viewOnce")
    if found.media != nil { found.addExtras(extras, id: id) }
    found.more.add("transcript", text: extras.identifier("speechToText"))
    return found
  }

  /// Whether the server says that a text is the answer to a button: instances of the Cloud API type have no other word for it.
  var isButtonText: Bool { hint == "buttonMessage" || hint == "interactiveMessage" }
}
