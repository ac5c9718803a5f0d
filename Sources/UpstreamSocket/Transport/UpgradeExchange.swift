import WebSocketFrames

/// The client's side of the opening handshake (RFC 6455 §4.1): writes the request and reads the answer, piece by piece.
struct UpgradeExchange {
  /// Bytes of an answer's head.
  static let headLimit = 16 * 1024
  /// Bytes of a refusal's body that are told.
  static let bodyLimit = 256

  private let key: String
  private var head: [UInt8] = []
  /// What the server answers instead of switching, and how much of it is to come.
  private var refusal: (status: Int, body: [UInt8], due: Int)?

  init(key: String = Handshake.makeKey()) {
    self.key = key
  }

  /// Throws when a header field would end before its end.
  func request(_ options: UpstreamOptions, showing credentials: UpstreamOptions.Credentials) throws(UpgradeFailure) -> [UInt8] {
    let query = ([("EIO", "4"), ("transport", "websocket")] + credentials.query).map { name, value in
      "\(Self.encoded(name, keeping: ""))=\(Self.encoded(value, keeping: ""))"
    }
    let target = "\(Self.encoded(options.path, keeping: "/%!$&'()*+,;=:@"))?\(query.joined(separator: "&"))"
    var text = "GET \(target) HTTP/1.1\r\nHost: \(options.url.authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    text += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n"
    for (name, value) in credentials.headers {
      guard Self.isField(name, value) else { throw UpgradeFailure("the header field \(name.printable) can't be sent") }
      text += "\(name): \(value)\r\n"
    }
    return Array((text + "\r\n").utf8)
  }

  /// Takes bytes from `offset` on. True once the server has switched; what follows `offset` then are frames.
  mutating func receive(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) throws(UpgradeFailure) -> Bool {
    while offset < bytes.count {
      if var refusal {
        refusal.body.append(bytes[offset])
        offset += 1
        self.refusal = refusal
        guard refusal.body.count < refusal.due else { throw failure }
        continue
      }
      guard head.count < Self.headLimit else { throw UpgradeFailure("the answer's head is too long") }
      head.append(bytes[offset])
      offset += 1
      guard head.last == UInt8(ascii: "\n"), head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] else { continue }
      guard try hasSwitched() else { continue }
      return true
    }
    return false
  }

  /// What it came to when nothing more will arrive.
  var failure: UpgradeFailure {
    guard let refusal else { return UpgradeFailure("the connection was lost before an answer") }
    let body = String(decoding: refusal.body, as: UTF8.self).printable
    return UpgradeFailure("the server answered \(refusal.status)\(body.isEmpty ? "" : ": \(body)")", status: refusal.status)
  }

  /// False when there is a refusal whose body is still to come.
  private mutating func hasSwitched() throws(UpgradeFailure) -> Bool {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw UpgradeFailure("the answer is not HTTP")
    }
    var fields: [String: Substring] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    }
    guard status == 101 else {
      let length = fields["content-length"].flatMap { Int($0.prefix(while: \.isNumber)) } ?? 0
      refusal = (status, [], min(length, Self.bodyLimit))
      if length <= 0 { throw failure }
      return false
    }
    let accept = fields["sec-websocket-accept"]?.split(whereSeparator: \.isWhitespace).first.map(String.init)
    guard fields["upgrade"]?.lowercased().hasPrefix("websocket") == true, accept == Handshake.accept(for: key) else {
      throw UpgradeFailure("the server did not switch to this websocket")
    }
    return true
  }

  private static func isField(_ name: String, _ value: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
      && !value.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
  }

  /// RFC 3986 §2: everything but unreserved characters and those of `keeping` as `%XX`.
  private static func encoded(_ text: String, keeping: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isUnreserved = byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-._~".utf8.contains(byte))
      if isUnreserved || keeping.utf8.contains(byte) {
        encoded.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return encoded
  }
}

/// Why there is no websocket.
struct UpgradeFailure: Error, Equatable {
  var reason: String
  /// The status of the answer, when it is one that refuses.
  var status: Int?

  init(_ reason: String, status: Int? = nil) {
    self.reason = reason
    self.status = status
  }
}
