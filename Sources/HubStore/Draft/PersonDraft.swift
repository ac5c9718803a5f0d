internal import HubModel
internal import OrderedJSON

/// What an event says about a person. Phone, user id and lid are names the person is known by; the others only describe.
struct PersonDraft: Sendable, Hashable {
  var phone: String?
  var userID: String?
  var lid: String?
  var username: String?
  var name: String?
  var avatar: String?

  /// Nil when the block names nobody.
  init?(_ object: JSONObject) {
    for member in object {
      guard let value = member.value.string, !value.isEmpty else { continue }
      switch member.key {
      case "phone": phone = PhoneNumber(value)?.digits
      case "userId": userID = value
      case "lid": lid = value
      case "username": username = value
      case "name": name = value
      case "avatar": avatar = value
      default: break
      }
    }
    if phone == nil, userID == nil, lid == nil { return nil }
  }

  /// A provider's conversation key as a person: digits are a phone, anything else an opaque id. Nil for none and for ids of ours.
  init?(key: String) {
    if key.isEmpty || key.hasPrefix("cnv_") { return nil }
    if key.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = PhoneNumber(key) {
      phone = number.digits
    } else if key.hasSuffix("@lid") {
      lid = key
    } else {
      userID = key
    }
  }
}
