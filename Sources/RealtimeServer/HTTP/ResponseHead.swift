import NIOCore
import NIOHTTP1
import WebSocketFrames

/// Writes heads of responses.
enum ResponseHead {
  /// Fields that the server itself decides.
  private static let owned = ["content-length", "transfer-encoding", "connection", "keep-alive", "date", "x-request-id", "upgrade"]

  static let carryOn = "HTTP/1.1 100 Continue\r\n\r\n"

  /// The head of a complete response, `fields` on top of the response's own.
  static func write(
    _ response: HTTPResponse, fields: [(String, String)], requestID: String, date: String, closes: Bool, into buffer: inout ByteBuffer
  ) {
    start(response.status, requestID: requestID, date: date, into: &buffer)
    for (name, value) in response.headers where !owned.contains(where: name.equalsIgnoringASCIICase) {
      writeField(name, value, into: &buffer)
    }
    for (name, value) in fields { writeField(name, value, into: &buffer) }
    // RFC 9110 section 8.6: a 204 has none.
    if response.status != 204 || response.isPreflight {
      buffer.writeString("Content-Length: ")
      buffer.writeString(String(response.length))
      buffer.writeString("\r\n")
    }
    if closes { buffer.writeString("Connection: close\r\n") }
    buffer.writeString("\r\n")
  }

  /// The 101 that switches protocols for a request whose handshake fields are in order.
  static func writeUpgrade(answering request: HTTPRequest, fields: [(String, String)], date: String, into buffer: inout ByteBuffer) {
    start(101, requestID: request.requestID, date: date, into: &buffer)
    buffer.writeString("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
    buffer.writeString(Handshake.accept(for: request.header("Sec-WebSocket-Key") ?? ""))
    buffer.writeString("\r\n")
    if let name = UpgradeFields.subprotocol(request) { writeField("Sec-WebSocket-Protocol", name, into: &buffer) }
    for (name, value) in fields { writeField(name, value, into: &buffer) }
    buffer.writeString("\r\n")
  }

  private static func start(_ status: Int, requestID: String, date: String, into buffer: inout ByteBuffer) {
    buffer.writeString("HTTP/1.1 ")
    buffer.writeString(String(status))
    buffer.writeString(" ")
    buffer.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
    buffer.writeString("\r\nDate: ")
    buffer.writeString(date)
    if !requestID.isEmpty {
      buffer.writeString("\r\nX-Request-Id: ")
      buffer.writeString(requestID)
    }
    buffer.writeString("\r\n")
  }

  /// A value with a line break would be a way to write further fields, so such a field is left out.
  private static func writeField(_ name: String, _ value: String, into buffer: inout ByteBuffer) {
    guard !name.isEmpty, name.utf8.allSatisfy(\.isToken), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return }
    buffer.writeString(name)
    buffer.writeString(": ")
    buffer.writeString(value)
    buffer.writeString("\r\n")
  }
}
