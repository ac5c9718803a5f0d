import OrderedJSON

/// Takes a text message apart: `<type>[<attachments>-][<namespace>,][<id>][<payload>]`. The payload is checked but stays the text
/// it is.
///
/// Source: socketio/socket.io-protocol, "Packet encoding"; what a payload may be is the reference parser's `isPayloadValid`.
public enum PacketDecoder {
  /// The largest id: what the clients' numbers hold exactly.
  public static let largestID: UInt64 = 1 << 53 - 1

  /// Decodes the message that starts at `start` and fills the rest of `bytes`.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, limits: DecodeLimits = DecodeLimits()
  ) throws(DecodeError) -> IncomingPacket {
    guard start < bytes.count, let type = PacketType(rawValue: bytes[start]) else { throw .unknownType }
    var index = start + 1
    var packet = IncomingPacket(type: type, namespace: index..<index, id: nil, payload: nil, elements: [], attachmentCount: 0)
    if type == .binaryEvent || type == .binaryAck {
      let end = bytes[index...].firstIndex { isDigit($0) == false } ?? bytes.count
      guard end > index, end < bytes.count, bytes[end] == UInt8(ascii: "-") else { throw .badAttachmentCount }
      guard let count = number(in: bytes, at: &index, atMost: UInt64(limits.attachments)) else { throw .beyondLimits }
      packet.attachmentCount = Int(count)
      index += 1
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "/") {
      let first = index
      while index < bytes.count, bytes[index] != UInt8(ascii: ",") { index += 1 }
      packet.namespace = first..<index
      index += 1
    }
    if index < bytes.count, isDigit(bytes[index]) {
      guard let id = number(in: bytes, at: &index, atMost: largestID) else { throw .badID }
      packet.id = id
    }
    if index < bytes.count { packet.payload = index..<bytes.count }
    try check(&packet, in: bytes, limits: limits)
    return packet
  }

  /// An event's name. A numeric one is its digits.
  public static func name(of packet: IncomingPacket, in bytes: UnsafeRawBufferPointer) throws(DecodeError) -> String {
    guard let range = packet.elements.first else { throw .badPayload }
    guard bytes[range.lowerBound] == UInt8(ascii: "\"") else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    guard let name = try? JSONScanner.string(in: bytes, range: range) else { throw .badJSON }
    guard isReserved(name) == false else { throw .reservedName }
    return name
  }

  /// Whether the name belongs to the library: a client that sends it breaks the protocol.
  public static func isReserved(_ name: String) -> Bool {
    // By length first: the names of applications are seldom as long as one of these, and this is asked of every event.
    switch name.utf8.count {
    case 7: name == "connect"
    case 10: name == "disconnect"
    case 11: name == "newListener"
    case 13: name == "connect_error" || name == "disconnecting"
    case 14: name == "removeListener"
    default: false
    }
  }

  private static func check(
    _ packet: inout IncomingPacket, in bytes: UnsafeRawBufferPointer, limits: DecodeLimits
  ) throws(DecodeError) {
    switch packet.type {
    case .disconnect:
      guard packet.payload == nil else { throw .badPayload }
    case .connect, .connectError:
      guard let payload = packet.payload else { return }
      let end: Int
      do { end = try JSONScanner.skipValue(in: bytes, from: payload.lowerBound, maxDepth: limits.depth) } catch { throw .badJSON }
      guard bytes[end...].allSatisfy(isSpace) else { throw .badJSON }
      let first = bytes[payload].first { isSpace($0) == false }
      guard first == UInt8(ascii: "{") || (packet.type == .connectError && first == UInt8(ascii: "\"")) else { throw .badPayload }
    case .event, .binaryEvent:
      try readElements(of: &packet, in: bytes, limits: limits)
      guard let name = packet.elements.first, isName(bytes[name.lowerBound]) else { throw .badPayload }
    case .ack, .binaryAck: try readElements(of: &packet, in: bytes, limits: limits)
    }
  }

  private static func readElements(
    of packet: inout IncomingPacket, in bytes: UnsafeRawBufferPointer, limits: DecodeLimits
  ) throws(DecodeError) {
    guard let payload = packet.payload else { throw .badPayload }
    do throws(JSONError) {
      packet.elements = try JSONScanner.elements(
        of: bytes, from: payload.lowerBound, maxDepth: limits.depth, maxCount: limits.arguments)
    } catch {
      throw DecodeError(error)
    }
  }

  private static func number(in bytes: UnsafeRawBufferPointer, at index: inout Int, atMost limit: UInt64) -> UInt64? {
    let start = index
    var value: UInt64 = 0
    while index < bytes.count, isDigit(bytes[index]) {
      value = value * 10 + UInt64(bytes[index] - UInt8(ascii: "0"))
      guard value <= limit else { return nil }
      index += 1
    }
    return index > start ? value : nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  private static func isName(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "-") || isDigit(byte) }
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
