import WebSocketFrames

/// Reads the fields of a plain head and remembers those that decide what becomes of the request.
struct PlainFields {
  /// What the fields that matter said; each may be there once.
  private struct Known {
    var host = false
    var origin = false
    var length: Int?
    var connection: Connection?
    var wantsWebSocket = false
    var hasVersion = false
    var hasKey = false
  }

  private enum Connection {
    case keepAlive, upgrade
  }

  private(set) var places: [HTTPFields.Place] = []
  private(set) var index: Int
  private let bytes: UnsafeRawBufferPointer
  private var known = Known()

  init(_ bytes: UnsafeRawBufferPointer, from index: Int) {
    self.bytes = bytes
    self.index = index
    places.reserveCapacity(16)
  }

  /// Reads through the empty line. False when it isn't there, or a field isn't plain.
  mutating func readAll() -> Bool {
    while index + 1 < bytes.count {
      if bytes[index] == 0x0D {
        guard bytes[index + 1] == 0x0A else { return false }
        index += 2
        return true
      }
      guard readField() else { return false }
    }
    return false
  }

  /// What the request asks for, by its fields; nil when they don't fit together.
  func purpose(isGet: Bool) -> PlainHead.Purpose? {
    guard known.host else { return nil }
    if known.wantsWebSocket {
      guard isGet, known.connection == .upgrade, known.length == nil, known.hasVersion, known.hasKey else { return nil }
      return .webSocket
    }
    return known.connection == .upgrade ? nil : .answer(body: known.length ?? 0)
  }

  private mutating func readField() -> Bool {
    let start = index
    while index < bytes.count, bytes[index].isToken { index += 1 }
    let name = start..<index
    guard name.isEmpty == false, index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return false }
    index += 1
    while index < bytes.count, bytes[index] == 0x20 { index += 1 }
    let first = index
    while index < bytes.count, bytes[index] == 0x20 || bytes[index].isVisibleASCII { index += 1 }
    let value = first..<index
    // White space at the end isn't part of a value; what else ends one isn't plain.
    guard index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A, value.isEmpty || bytes[index - 1] != 0x20 else {
      return false
    }
    index += 2
    places.append(
      HTTPFields.Place(
        name: UInt32(truncatingIfNeeded: name.lowerBound)..<UInt32(truncatingIfNeeded: name.upperBound),
        value: UInt32(truncatingIfNeeded: value.lowerBound)..<UInt32(truncatingIfNeeded: value.upperBound)))
    return note(name, value)
  }

  /// False when the field, or a second one of its name, takes the request out of the plain.
  private mutating func note(_ name: Range<Int>, _ value: Range<Int>) -> Bool {
    switch name.count {
    case 4 where equals(name, "host"):
      guard known.host == false, HeadCheck.isHost(UnsafeRawBufferPointer(rebasing: bytes[value])) else { return false }
      known.host = true
    case 6 where equals(name, "expect"): return false
    case 6 where equals(name, "origin"):
      guard known.origin == false else { return false }
      known.origin = true
    case 7 where equals(name, "upgrade"):
      guard known.wantsWebSocket == false, equals(value, "websocket") else { return false }
      known.wantsWebSocket = true
    case 10 where equals(name, "connection"):
      guard known.connection == nil else { return false }
      if equals(value, "keep-alive") {
        known.connection = .keepAlive
      } else if equals(value, "upgrade") || equals(value, "keep-alive, upgrade") {
        known.connection = .upgrade
      } else {
        return false
      }
    case 14 where equals(name, "content-length"):
      guard known.length == nil, let length = number(value) else { return false }
      known.length = length
    case 16 where equals(name, "content-encoding"): return false
    case 17 where equals(name, "transfer-encoding"): return false
    case 17 where equals(name, "sec-websocket-key"):
      guard known.hasKey == false, Handshake.isValid(key: UnsafeRawBufferPointer(rebasing: bytes[value])) else { return false }
      known.hasKey = true
    case 21 where equals(name, "sec-websocket-version"):
      guard known.hasVersion == false, equals(value, "13") else { return false }
      known.hasVersion = true
    default: break
    }
    return true
  }

  /// `text` is lower case.
  private func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count where bytes[range.lowerBound + offset].asciiLowercased != text.utf8Start[offset] { return false }
    return true
  }

  private func number(_ range: Range<Int>) -> Int? {
    guard range.isEmpty == false, range.count <= 15 else { return nil }
    var number = 0
    for index in range {
      guard (0x30...0x39).contains(bytes[index]) else { return nil }
      number = number * 10 + Int(bytes[index] - 0x30)
    }
    return number
  }
}
