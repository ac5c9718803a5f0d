internal import HubModel
internal import HubStore
internal import OrderedJSON

/// What somebody wants sent: whom to, from where, and the message. Checked as far as that can be without asking anybody.
struct SendRequest: Sendable {
  let channel, account: String?
  let target: OutboundSend.Target
  let message: JSONObject

  /// Every mistake in it at once.
  struct Mistakes: Error {
    let list: [MemberMistake]
  }

  private static let own: Set<String> = ["channel", "account", "to", "tenant"]

  init(_ body: JSONObject) throws(Mistakes) {
    var mistakes: [MemberMistake] = []
    func text(_ name: String) -> String? {
      guard let value = body[name], !value.isNull else { return nil }
      if value.string?.isEmpty != false { mistakes.append(MemberMistake(name, "is not a text")) }
      return value.string
    }
    (channel, account) = (text("channel"), text("account"))
    var target: OutboundSend.Target?
    do throws(MemberMistake) { target = try Self.target(body["to"]) } catch { mistakes.append(error) }
    message = JSONObject(body.filter { !Self.own.contains($0.key) && !$0.value.isNull }.map { ($0.key, $0.value) })
    mistakes += MessageContent(checking: message).mistakes
    guard let target, mistakes.isEmpty else { throw Mistakes(list: mistakes) }
    self.target = target
  }

  /// A phone in any spelling with its country, or the id of a conversation.
  private static func target(_ value: JSONValue?) throws(MemberMistake) -> OutboundSend.Target {
    guard let text = value?.string, !text.isEmpty else { throw MemberMistake("to", "is missing: a phone with its country, or cnv_…") }
    if text.hasPrefix(IdentifierPrefix.conversation.rawValue) { return .conversation(text) }
    let separators: Set<Character> = ["+", " ", "-", "(", ")", ".", "/", "\u{A0}"]
    guard text.allSatisfy({ ($0.isASCII && $0.isNumber) || separators.contains($0) }), let number = PhoneNumber(text) else {
      throw MemberMistake("to", "is neither a phone with its country nor cnv_…")
    }
    let digits = number.digits.hasPrefix("00") ? String(number.digits.dropFirst(2)) : number.digits
    guard (7...15).contains(digits.utf8.count) else { throw MemberMistake("to", "a phone with its country has 7 to 15 digits") }
    return .phone(digits)
  }
}
