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
    let room = Self.room(for: response.headers) + Self.room(for: fields) + requestID.utf8.count + date.utf8.count
    write(room, to: &buffer) { head in
      start(response.status, requestID: requestID, date: date, to: &head)
      for (name, value) in response.headers where !owned.contains(where: name.equalsIgnoringASCIICase) {
        writeField(name, value, to: &head)
      }
      for (name, value) in fields { writeField(name, value, to: &head) }
      // RFC 9110 section 8.6: a 204 has none.
      if response.status != 204 || response.isPreflight { head.write("Content-Length: ", "\(response.length)", "\r\n") }
      if closes { head.write("Connection: close\r\n") }
      head.write("\r\n")
    }
  }

  /// The 101 that switches protocols for a request whose handshake fields are in order.
  static func writeUpgrade(answering request: HTTPRequest, fields: [(String, String)], date: String, into buffer: inout ByteBuffer) {
    let subprotocol = UpgradeFields.subprotocol(request).map { [("Sec-WebSocket-Protocol", $0)] } ?? []
    let room = Self.room(for: subprotocol) + Self.room(for: fields) + request.requestID.utf8.count + date.utf8.count
    write(room, to: &buffer) { head in
      start(101, requestID: request.requestID, date: date, to: &head)
      head.write("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
      head.write(Handshake.accept(for: request.header("Sec-WebSocket-Key") ?? ""), "\r\n")
      for (name, value) in subprotocol + fields { writeField(name, value, to: &head) }
      head.write("\r\n")
    }
  }

  /// What the server's own lines take at most, the reason of the status among them.
  private static let ownRoom = 192

  private static func room(for fields: [(String, String)]) -> Int {
    fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 }
  }

  /// One write to the buffer for the whole head: each has to see to its room and ownership anew.
  private static func write(_ room: Int, to buffer: inout ByteBuffer, _ body: (inout TextWriter) -> Void) {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room + ownRoom) {
      var head = TextWriter($0)
      body(&head)
      return head.count
    }
  }

  private static func start(_ status: Int, requestID: String, date: String, to head: inout TextWriter) {
    head.write("HTTP/1.1 ", "\(status)", " ")
    head.write(HTTPResponseStatus(statusCode: status).reasonPhrase, "\r\nDate: ", date)
    if !requestID.isEmpty { head.write("\r\nX-Request-Id: ", requestID) }
    head.write("\r\n")
  }

  /// A value with a line break would be a way to write further fields, so such a field is left out.
  private static func writeField(_ name: String, _ value: String, to head: inout TextWriter) {
    guard !name.isEmpty, name.utf8.allSatisfy(\.isToken), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return }
    head.write(name, ": ", value)
    head.write("\r\n")
  }
}

/// Writes texts one behind the other into memory that has room for all of them.
private struct TextWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      precondition(utf8.count <= bytes.count - count, "the room was counted wrong")
      UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: UnsafeRawBufferPointer(utf8))
      count += utf8.count
    }
  }

  mutating func write(_ first: String, _ second: String) {
    write(first)
    write(second)
  }

  mutating func write(_ first: String, _ second: String, _ third: String) {
    write(first)
    write(second)
    write(third)
  }
}
