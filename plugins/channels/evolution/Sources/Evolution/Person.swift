import OrderedJSON

/// Somebody: known by a phone, by a LID, or by both, which is how the hub learns that they are one.
struct Person: Hashable {
  private(set) var phone: String?
  private(set) var lid: String?
  /// The address of a bot, of WhatsApp itself, or in an instance of the generic type.
  private(set) var service: String?
  var name: String?
  var avatar: String?

  /// Takes whatever the addresses say; the first of a sort counts. Groups and the like name nobody.
  init?(_ addresses: [String?]) {
    for jid in addresses.lazy.compactMap({ JID($0) }) {
      switch jid.sort {
      case .phone: phone = phone ?? jid.user
      case .lid: lid = lid ?? jid.text
      case .service: service = service ?? jid.text
      case .group, .list, .story, .newsletter: continue
      }
    }
    if key == nil { return nil }
  }

  /// Somebody of an instance whose addresses are free text: digits are a phone, anything else an opaque id.
  init?(freeText: String) {
    // A key of that beginning would name a conversation by the hub's own id.
    guard freeText.isEmpty == false, freeText.contains("@") == false, freeText.hasPrefix("cnv_") == false, freeText.utf8.count <= 256 else {
      return nil
    }
    if let jid = JID(freeText + "@s.whatsapp.net"), jid.sort == .phone, freeText.utf8.count >= 8 {
      phone = jid.user
    } else {
      service = freeText
    }
  }

  /// What a conversation with this person is called at the provider.
  var key: String? { phone ?? lid ?? service }

  /// Takes a name, unless it is none: the digits of the address, or the provider's word for the account itself.
  mutating func take(name: String?) {
    guard let name = name?.trimmed, name.isEmpty == false, Self.own.contains(name.lowercased()) == false else { return }
    let digits = name.hasPrefix("+") ? String(name.dropFirst()) : name
    let addresses = [phone, lid, service].compactMap { $0 } + [lid, service].compactMap { JID($0)?.user }
    if addresses.contains(digits) == false { self.name = name }
  }

  private static let own: Set = ["você", "voce", "you"]

  /// Phone, ids and what describes them.
  var json: JSONValue {
    var object = JSONObject()
    object.add("phone", text: phone)
    object.add("userId", text: service)
    object.add("lid", text: lid)
    object.add("name", text: name)
    object.add("avatar", text: avatar)
    return .object(object)
  }
}

extension String {
  /// Without white space at the ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
