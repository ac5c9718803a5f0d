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
  /// A user id that several businesses have in common. It goes with the event that tells it; contacts don't keep it.
  var parentUserID: String?

  /// Nil when the block names nobody.
  init?(_ object: JSONObject) {
    func text(_ key: String) -> String? { object[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    phone = text("phone").flatMap { PhoneNumber($0)?.digits }
    userID = text("userId")
    lid = text("lid")
    username = text("username")
    name = text("name")
    avatar = text("avatar")
    parentUserID = text("parentUserId")
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
