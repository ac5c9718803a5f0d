import HubPluginSDK
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
    let query = self.query.map { "\(HubOutboundRequest.encoded($0.name))=\(HubOutboundRequest.encoded($0.value))" }.joined(separator: "&")
    return ([base] + path.map(HubOutboundRequest.encoded)).joined(separator: "/") + (query.isEmpty ? "" : "?" + query)
  }
}
