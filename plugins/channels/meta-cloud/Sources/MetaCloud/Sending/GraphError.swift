import OrderedJSON

/// The error object of a Graph API answer.
struct GraphError: Hashable, Sendable {
  /// Nil when the object has none.
  let code: Int64?
  let text: String
  let isTransient: Bool

  /// Nil for a body without an error object.
  init?(body: [UInt8]) {
    guard let document = try? JSONValue(parsing: body), let error = document["error"]?.object else { return nil }
    code = error.integer("code")
    isTransient = error.flag("is_transient")
    let subcode = error.integer("error_subcode")
    // Meta repeats a malformed token in the message.
    if code == 190 || code == 0 {
      text = "the access token is refused" + (subcode.map { ", subcode \($0)" } ?? "")
    } else {
      let text = error.object("error_data")?.identifier("details") ?? error.identifier("message") ?? error.identifier("error_user_msg")
      self.text = String((text ?? "no text").prefix(Self.limit))
    }
  }

  private static let limit = 1000
}

/// What an error code asks for (reference "Errors").
enum GraphErrorAction: Hashable, Sendable {
  /// The token is worth nothing any more: nothing goes out for any number.
  case tokenRefused
  /// The number can't send until somebody acts.
  case stop
  /// The number is suspected of spam: it waits long.
  case pause
  /// A limit of the whole number or app.
  case backOff
  /// A limit between the number and this recipient.
  case pairLimit
  /// The number is out of work for up to a minute.
  case maintenance
  /// The provider does not know what went wrong.
  case temporary
  /// It never works as it is.
  case never

  /// Nil for a code that the reference does not have.
  init?(code: Int64) {
    switch code {
    case 0, 190: self = .tokenRefused
    case 3, 10, 200...299, 368, 130_497, 131_031, 131_037, 131_042, 131_045, 133_010: self = .stop
    case 131_048: self = .pause
    case 4, 80_007, 130_429: self = .backOff
    case 131_056: self = .pairLimit
    case 131_057: self = .maintenance
    case 1, 2, 131_000, 131_016, 135_000: self = .temporary
    case 33, 100, 130_472, 131_008, 131_009, 131_021, 131_026, 131_030, 131_047, 131_049, 131_050, 131_051, 131_052, 131_053, 131_062,
      131_063, 131_064, 132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_068, 132_069, 137_000:
      self = .never
    default: return nil
    }
  }
}
