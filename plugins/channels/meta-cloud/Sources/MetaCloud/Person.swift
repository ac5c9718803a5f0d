import OrderedJSON

/// Somebody on the other side: a phone, a business-scoped user id (BSUID), or both.
struct Person: Hashable {
  var phone: String?
  var userID: String?
  /// The user id that a group of businesses has in common (`BR.ENT.…`); no name to find anybody by.
  var parentUserID: String?
  var username: String?
  var name: String?

  init() {}

  /// Somebody named by one member that may hold a phone or a user id.
  init(naming text: String?) {
    guard let text, text.isEmpty == false else { return }
    if let phone = Person.digits(text) { self.phone = phone } else { userID = text }
  }

  /// Somebody named by a phone member and a user id member, beside which the parent's may be.
  ///
  /// - Parameter userKey: ends in `user_id`; the parent's member has `parent_` before that.
  init(_ object: JSONObject, phone phoneKey: String, userID userKey: String) {
    self.init(naming: object.identifier(phoneKey))
    guard let userID = object.identifier(userKey) else { return }
    self.userID = userID
    parentUserID = object.identifier(userKey.dropLast(7) + "parent_user_id")
  }

  /// The key of the conversation with this person: the user id if there is one, else the phone; nil when nothing is known.
  var key: String? { userID ?? phone }

  /// The digits of a phone number; nil for what holds a letter (a user id is opaque), no digit at all, or more than the 15 of E.164.
  static func digits(_ text: String) -> String? {
    var digits = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...: return nil
      default: continue
      }
    }
    guard (1...15).contains(digits) else { return nil }
    if digits == text.utf8.count { return text }
    return String(decoding: text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self)
  }

  /// Fills in what a contact entry tells.
  mutating func learn(from contact: Person) {
    phone = phone ?? contact.phone
    userID = userID ?? contact.userID
    parentUserID = parentUserID ?? contact.parentUserID
    username = contact.username ?? username
    name = contact.name ?? name
  }

  /// Writes phone and user id only.
  func writeIDs(_ key: StaticString, to body: inout BodyWriter) {
    body.object(key) { body in
      body.textIfAny("phone", phone)
      body.textIfAny("userId", userID)
    }
  }

  /// Writes the known members.
  func write(_ key: StaticString, to body: inout BodyWriter) {
    body.object(key) { body in
      body.textIfAny("phone", phone)
      body.textIfAny("userId", userID)
      body.textIfAny("parentUserId", parentUserID)
      body.textIfAny("username", username)
      body.textIfAny("name", name)
    }
  }
}
