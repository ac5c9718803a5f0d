import OrderedJSON

/// A WhatsApp address: `user:device@server`.
struct JID: Hashable {
  /// Who or what lives at an address of that form.
  enum Sort: Hashable {
    /// The user part is a phone's digits.
    case phone
    /// A person by an opaque id; its digits are no phone.
    case lid
    case group
    /// A broadcast list.
    case list
    case story
    case newsletter
    /// A bot, or WhatsApp itself.
    case service
  }

  let user: String
  let sort: Sort
  /// The address without device, in today's spelling.
  let text: String

  /// Nil for what is no address.
  init?(_ text: String?) {
    guard let text, let at = text.lastIndex(of: "@") else { return nil }
    // `user_agent:device`
    let user = String(text[..<at].prefix { $0 != ":" && $0 != "_" })
    var server = text[text.index(after: at)...].lowercased()
    guard user.isEmpty == false, user.utf8.count <= 256 else { return nil }
    switch server {
    case "s.whatsapp.net", "c.us", "hosted":
      sort = user != "0" && Self.isPhone(user) ? .phone : .service
      server = "s.whatsapp.net"
    case "lid", "hosted.lid": (sort, server) = (.lid, "lid")
    case "g.us": sort = .group
    case "broadcast": sort = user == "status" ? .story : .list
    case "newsletter": sort = .newsletter
    case "bot": sort = .service
    default: return nil
    }
    self.user = user
    self.text = "\(user)@\(server)"
  }

  private static func isPhone(_ text: String) -> Bool {
    (1...15).contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
