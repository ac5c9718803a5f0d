import HubModel
import OrderedJSON

/// What every message has around its content: who, where, when, which way.
struct MessageFrame {
  /// The message's id at WhatsApp.
  let id: String
  let chat: Chat
  /// The member who wrote in a group.
  let author: Person?
  let isOutbound: Bool
  let source: MessageSource
  let timeMs: Int64
  let status: MessageStatus

  init(_ element: JSONObject, key: JSONObject, id: String, chat: Chat, source: MessageSource, receivedMs: Int64) {
    self.id = id
    self.source = source
    isOutbound = source == .api || key.flag("fromMe")
    var chat = chat
    if isOutbound == false { chat.person?.take(name: element.identifier("pushName")) }
    author = chat.isGroup && isOutbound == false ? chat.person : nil
    if chat.isGroup, isOutbound { chat.person = nil }
    self.chat = chat
    timeMs = Moment.read(element, "messageTimestamp") ?? receivedMs
    status = isOutbound ? Self.status(of: element) ?? .sent : .delivered
  }

  /// A message's own member; records of the server's database have a list of updates instead.
  private static func status(of element: JSONObject) -> MessageStatus? {
    let word = element.identifier("status") ?? element.objects("MessageUpdate").last?.identifier("status")
    return word.flatMap { StatusWord($0) }?.status
  }

  var direction: JSONValue { isOutbound ? "outbound" : "inbound" }

  var origin: JSONValue {
    switch source {
    case .api: "api"
    case .history: "history"
    case .live: isOutbound ? "echo" : "realtime"
    }
  }

  /// When and which way, for acts upon other messages.
  func sign(_ object: inout JSONObject) {
    object.append("direction", direction)
    object.append("timestamp", .string(Timestamp(milliseconds: timeMs).iso8601))
    object.add("author", author?.json)
  }
}

/// The addresses in a message's key. Helper members changed from version to version, so all of them are looked at.
enum MessageKey {
  /// The chat that a key names. `element` is what the key stands in: some versions write the helpers there.
  static func chat(_ key: JSONObject, in element: JSONObject = [:]) -> Result<Chat, DropReason> {
    let places = [key, element]
    func all(_ names: [String]) -> [String?] { places.flatMap { place in names.map { place.identifier($0) } } }
    let isOurs = key.flag("fromMe")
    // Of what we wrote the sender is ourselves.
    let sender = isOurs ? [] : all(["senderPn", "senderLid"])
    let participants = all(["participant", "participantAlt", "participantPn", "participantLid"])
    let address = key.identifier("remoteJid") ?? element.identifier("remoteJid")
    if let address, let person = Person(freeText: address) { return .success(Chat(person)) }
    switch JID(address)?.sort {
    case .group?, .list?: return Chat.at(address, member: isOurs ? nil : Person(participants + sender))
    default: return Chat.at(address, aliases: all(["remoteJidAlt", "previousRemoteJid"]) + sender)
    }
  }
}
