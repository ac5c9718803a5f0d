import OrderedJSON

/// One WhatsApp session of the server.
struct EvolutionInstance: Sendable {
  /// Where the events go, and which.
  struct Socket: Sendable {
    var isEnabled = true
    /// Configuration names; empty means all.
    var events: [String] = []
  }

  struct Webhook: Sendable {
    var isEnabled = true
    var url: String
    var byEvents = false
    var base64 = false
    var headers: [(String, String)] = []
    var events: [String] = []
  }

  /// A message in the database.
  struct Stored: Sendable {
    let row: String
    var data: JSONObject
    var states: [String]
    let stored: Moment
    var file: (bytes: [UInt8], type: String, name: String)?

    var id: String { data["key"]?["id"]?.string ?? "" }
    var chat: String { data["key"]?["remoteJid"]?.string ?? "" }
    var isOurs: Bool { data["key"]?["fromMe"]?.bool ?? false }
    var seconds: Int64 { data["messageTimestamp"]?.int64 ?? 0 }
  }

  let name: String
  let id: String
  let token: String
  /// Its own number.
  let owner = "5511940001000"
  var state = "open"
  var socket: Socket? = Socket()
  var webhook: Webhook?
  var messages: [Stored] = []
  /// Chats whose presence it hears of, because it has written there.
  var watched: Set<String> = []

  func index(of message: String) -> Int? { messages.lastIndex { $0.id == message } }
}
