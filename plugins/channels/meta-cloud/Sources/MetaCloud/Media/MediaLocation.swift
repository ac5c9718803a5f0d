import OrderedJSON

/// Where the bytes of a file are for the next five minutes: the answer of `GET /{media-id}` (reference "Media").
struct MediaLocation: Hashable, Sendable {
  let url: String
  let mimeType: String?
  /// In bytes.
  let size: Int64?
  /// Lower-case hexadecimal.
  var sha256: String?

  /// Nil for an answer that names no address.
  init?(body: [UInt8]) {
    guard let object = (try? JSONValue(parsing: body))?.object, let url = object.identifier("url") else { return nil }
    self.url = url
    mimeType = object.identifier("mime_type")
    size = object.integer("file_size")
    sha256 = object.identifier("sha256").flatMap(Self.digest)
  }

  /// Lower-case hexadecimal; nil for what is no digest.
  static func digest(_ text: String) -> String? {
    let digits = MessageContent.hexadecimal(text)
    return digits.utf8.count == 64 && digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? digits : nil
  }

  /// The request for it. The number has to be the one that the file came to.
  static func request(media: String, account: String) -> GraphRequest {
    GraphRequest(method: "GET", path: [media], query: [.init(name: "phone_number_id", value: account)])
  }
}

/// The hosts that may be shown the access token when a file is fetched.
struct MediaHosts: Hashable, Sendable {
  /// Where Meta keeps files.
  static let metas = ["lookaside.fbsbx.com", "*.fbcdn.net", "*.whatsapp.net"]

  /// Who an address belongs to.
  enum Owner: Hashable, Sendable {
    /// The API itself.
    case api
    /// One of the patterns.
    case content
  }

  private let api: Origin?
  private let patterns: [String]

  /// - Parameters:
  ///   - graphURL: of the API; files may be there, as with a fake.
  ///   - patterns: host names, or `*.` and the end of one.
  init(graphURL: String, patterns: [String]) {
    api = Origin(graphURL)
    self.patterns = patterns.map { $0.lowercased() }
  }

  /// Nil for an address that gets neither a request nor the token.
  func owner(of url: String) -> Owner? {
    guard let origin = Origin(url) else { return nil }
    if origin == api { return .api }
    guard origin.scheme == "https", origin.port == 443 else { return nil }
    let isContent = patterns.contains { pattern in
      pattern.hasPrefix("*.") ? origin.host.hasSuffix(pattern.dropFirst()) : origin.host == pattern
    }
    return isContent ? .content : nil
  }

  /// Scheme, host and port of an address (RFC 6454).
  private struct Origin: Hashable {
    let scheme, host: String
    let port: Int

    /// Nil for what is no plain http address: a user part or a strange host would only serve to deceive.
    init?(_ url: String) {
      guard let mark = url.firstRange(of: "://") else { return nil }
      scheme = url[..<mark.lowerBound].lowercased()
      guard scheme == "https" || scheme == "http" else { return nil }
      let authority = url[mark.upperBound...].prefix { "/?#\\".contains($0) == false }
      let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first, name.isEmpty == false, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
      host = name.lowercased()
      guard parts.count == 2 else {
        port = scheme == "https" ? 443 : 80
        return
      }
      guard let number = UInt16(parts[1]) else { return nil }
      port = Int(number)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}
