import WebSocketFrames

/// The client's side of the opening handshake (RFC 6455 §4.1): writes the request and reads the answer, piece by piece.
struct UpgradeExchange {
  /// Bytes of an answer's head.
  static let headLimit = 16 * 1024

  private let key: String
  private var head: [UInt8] = []

  init(key: String = Handshake.makeKey()) {
    self.key = key
  }

  func request(_ options: UpstreamOptions) -> [UInt8] {
    let query = ([("EIO", "4"), ("transport", "websocket")] + options.query).map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    var text = "GET \(options.path)?\(query) HTTP/1.1\r\nHost: \(options.url.authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    text += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(key)\r\n"
    for (name, value) in options.headers where !(name + value).utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) {
      text += "\(name): \(value)\r\n"
    }
    return Array((text + "\r\n").utf8)
  }

  /// Takes bytes from `offset` on. True once the server has switched; what follows `offset` then are frames.
  mutating func receive(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) throws(UpgradeFailure) -> Bool {
    while offset < bytes.count {
      guard head.count < Self.headLimit else { throw UpgradeFailure(reason: "the answer's head is too long") }
      head.append(bytes[offset])
      offset += 1
      guard head.last == UInt8(ascii: "\n"), head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] else { continue }
      try check()
      return true
    }
    return false
  }

  private func check() throws(UpgradeFailure) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw UpgradeFailure(reason: "the answer is not HTTP")
    }
    guard status == 101 else { throw UpgradeFailure(reason: "the server answered \(status)") }
    var accept: String?
    var upgrade: String?
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      switch line[..<colon].lowercased() {
      case "sec-websocket-accept": accept = value.split(whereSeparator: \.isWhitespace).first.map(String.init)
      case "upgrade": upgrade = value.lowercased()
      default: break
      }
    }
    guard upgrade?.hasPrefix("websocket") == true, accept == Handshake.accept(for: key) else {
      throw UpgradeFailure(reason: "the server did not switch to this websocket")
    }
  }
}

/// Why there is no websocket.
struct UpgradeFailure: Error, Equatable {
  var reason: String
}
