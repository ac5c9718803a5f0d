/// The parameters of an Engine.IO request that the protocol knows. Of a repeated one the last counts; the rest is the application's.
public struct RequestQuery: Sendable, Hashable {
  /// `transport`, as written.
  public var transport: String?
  /// `sid`.
  public var sessionID: String?
  /// `EIO`.
  public var version: String?

  /// Reads a query without its `?`, as form data.
  public init(_ query: String) {
    var query = query
    query.withUTF8 { bytes in
      for pair in bytes.split(separator: UInt8(ascii: "&")) {
        let name = pair.prefix { $0 != UInt8(ascii: "=") }
        let value = pair.dropFirst(name.count + 1)
        if name.elementsEqual("transport".utf8) {
          transport = Self.decoded(value)
        } else if name.elementsEqual("sid".utf8) {
          sessionID = Self.decoded(value)
        } else if name.elementsEqual("EIO".utf8) {
          version = Self.decoded(value)
        }
      }
    }
  }

  private static func decoded(_ text: some Collection<UInt8>) -> String {
    guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
      return String(decoding: text, as: UTF8.self)
    }
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(nibble), let low = rest.dropFirst().first.flatMap(nibble) {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
