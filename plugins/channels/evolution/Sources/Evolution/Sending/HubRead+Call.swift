import HubPluginSDK
import OrderedJSON

extension HubRead {
  /// Tells the server which messages were read.
  var call: RESTCall {
    let isGroup = JID(conversation)?.sort == .group
    let keys = messages.map { Address.key(of: $0, in: conversation, isGroup: isGroup) }
    return RESTCall(post: "/chat/markMessageAsRead", instance: account, ["readMessages": .array(keys)])
  }
}

extension HubTyping {
  /// How long WhatsApp shows it; the server doesn't answer before.
  private static let lastsMs: Int64 = 6000

  /// Tells the server that somebody types, or no more.
  var call: RESTCall {
    let lasts = isOn ? Self.lastsMs : 0
    return RESTCall(
      post: "/chat/sendPresence", instance: account,
      [
        "number": .string(conversation), "presence": isOn ? "composing" : "paused", "delay": .number(JSONNumber(lasts)),
      ], lastsMs: lasts)
  }
}
