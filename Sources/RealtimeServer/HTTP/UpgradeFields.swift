import NIOHTTP1
import WebSocketFrames

/// The handshake fields of a websocket upgrade (RFC 6455 §4.2.1).
enum UpgradeFields {
  /// Whether a head asks for a websocket at all.
  static func wantWebSocket(_ head: HTTPRequestHead) -> Bool {
    head.headers[canonicalForm: "upgrade"].contains { String($0).equalsIgnoringASCIICase("websocket") }
      && head.headers[canonicalForm: "connection"].contains { String($0).equalsIgnoringASCIICase("upgrade") }
  }

  /// The refusal of fields that aren't in order, nil when they are.
  static func refusal(_ head: HTTPRequestHead) -> HTTPResponse? {
    guard head.method == .GET, head.version.minor > 0 else { return .refusedUpgrade("Bad request") }
    guard head.headers["Sec-WebSocket-Version"] == ["13"] else {
      return .refusedUpgrade("Unsupported websocket version", fields: [("Sec-WebSocket-Version", "13")])
    }
    let keys = head.headers["Sec-WebSocket-Key"]
    guard keys.count == 1, Handshake.isValid(key: keys[0]) else { return .refusedUpgrade("Bad websocket key") }
    return nil
  }

  /// Of the offered subprotocols the first is taken.
  static func subprotocol(_ request: HTTPRequest) -> String? {
    let offered = request.header("Sec-WebSocket-Protocol")?.utf8.split(separator: UInt8(ascii: ",")).first
    let name = offered.map { String(decoding: $0.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self) }
    guard let name, !name.isEmpty, name.utf8.allSatisfy(\.isToken) else { return nil }
    return name
  }

  /// What is agreed on with a client that offers compression.
  static func agree(_ options: CompressionOptions, with request: HTTPRequest) -> DeflateAgreement? {
    let offers = request.fields.all("Sec-WebSocket-Extensions")
    return offers.isEmpty ? nil : options.policy.agree(on: offers)
  }
}

extension HTTPResponse {
  /// A refused upgrade: the bare message as text, and the connection ends.
  static func refusedUpgrade(_ message: String, fields: [(String, String)] = []) -> HTTPResponse {
    HTTPResponse(status: 400, contentType: "text/html", headers: fields, text: message, closes: true)
  }
}
