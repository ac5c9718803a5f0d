/// The events of the catalogue (reference 1.6) by what they give.
enum EventFamily: Hashable {
  case messages(MessageSource)
  /// Protocol messages: edits, and what is called so. Ours are made through the API.
  case edits(ours: Bool)
  case receipts, deletions, contacts, chats, deletedChats, groups, participants, labels, labelled, presences, calls, qr
  /// What became of the instance; the state is in the name, or in the data when it is nil.
  case connection(String?)
  case serverError
  /// Known, and passed on as it is.
  case other

  /// Nil for a name that is not in the catalogue. Configuration names are taken as well as wire names.
  init?(_ name: String) {
    switch String(name.map { $0 == "_" || $0 == "-" ? "." : $0 }) {
    case "messages.upsert": self = .messages(.live)
    case "send.message": self = .messages(.api)
    case "messages.set": self = .messages(.history)
    case "messages.edited": self = .edits(ours: false)
    case "send.message.update": self = .edits(ours: true)
    case "messages.update": self = .receipts
    case "messages.delete": self = .deletions
    case "contacts.set", "contacts.upsert", "contacts.update": self = .contacts
    case "chats.set", "chats.upsert", "chats.update": self = .chats
    case "chats.delete": self = .deletedChats
    case "groups.upsert", "groups.update", "group.update": self = .groups
    case "group.participants.update": self = .participants
    case "labels.edit": self = .labels
    case "labels.association": self = .labelled
    case "presence.update": self = .presences
    case "call": self = .calls
    case "qrcode.updated": self = .qr
    case "connection.update", "status.instance": self = .connection(nil)
    case "instance.create": self = .connection("created")
    case "instance.delete": self = .connection("deleted")
    case "remove.instance": self = .connection("removed")
    case "logout.instance": self = .connection("logged_out")
    case "error", "errors": self = .serverError
    case "application.startup", "typebot.start", "typebot.change.status": self = .other
    default: return nil
    }
  }
}

/// Which way a message came, which decides direction and origin.
enum MessageSource: Hashable {
  /// From a contact, or typed on the account's phone.
  case live
  /// Sent through the server's REST interface, by whomever.
  case api
  /// From before the instance was paired; never news.
  case history
}
