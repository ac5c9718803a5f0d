import OrderedJSON

/// A request to the Graph API, without the address of the API and without the token.
struct GraphRequest: Hashable, Sendable {
  /// A stretch of the body.
  enum Part: Hashable, Sendable {
    case bytes([UInt8])
    /// The file of an upload to the hub.
    case upload(String)
  }

  /// A parameter of the query.
  struct Parameter: Hashable, Sendable {
    let name, value: String
  }

  let method: String
  /// The segments after the version.
  let path: [String]
  var query: [Parameter] = []
  var contentType: String?
  var parts: [Part] = []

  /// `POST /{phone-number-id}/messages`: messages, read receipts and typing.
  static func messages(account: String, _ body: JSONValue) -> GraphRequest {
    GraphRequest(method: "POST", path: [account, "messages"], contentType: "application/json", parts: [.bytes(body.serialized())])
  }

  /// The address.
  ///
  /// - Parameter base: of the API, with its version.
  func url(base: String) -> String {
    let base = base.hasSuffix("/") ? String(base.dropLast()) : base
    let query = self.query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
    return ([base] + path.map(Self.encoded)).joined(separator: "/") + (query.isEmpty ? "" : "?" + query)
  }

  /// Percent-encodes all but the unreserved characters (RFC 3986, 2.3), so that no text becomes another path.
  private static func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      // Encoded too: a segment of dots alone is a step in the path.
      default: result += "%" + Fingerprint.hex([byte]).uppercased()
      }
    }
  }
}
