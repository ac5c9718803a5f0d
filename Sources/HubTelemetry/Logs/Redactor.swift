internal import Synchronization

/// Takes secrets out of texts: credentials that are recognised by their form, and the values of the secrets the hub has resolved.
public final class Redactor: Sendable {
  /// What stands in a secret's place.
  public static let mark = "[redacted]"
  /// Shorter values are not registered: they would also blot out ordinary words.
  public static let minimumLength = 6

  private let values = Mutex<[[UInt8]]>([])

  /// A redactor that knows no values yet.
  public init() {}

  /// Makes sure that a secret's value, also percent-encoded, never appears in what this redactor sees.
  public func register(_ secret: String) {
    let spellings = Set([Array(secret.utf8), Self.percentEncoded(secret)]).filter { $0.count >= Self.minimumLength }
    values.withLock { values in
      for spelling in spellings where !values.contains(spelling) { values.append(spelling) }
      // A secret that holds another one must go first, or its rest would stay.
      values.sort { $0.count > $1.count }
    }
  }

  /// The text without secrets.
  public func redact(_ text: String) -> String {
    let known = values.withLock { $0 }
    var bytes = Array(text.utf8)
    var changed = false
    for value in known { changed = Self.replace(value, in: &bytes) || changed }
    changed = CredentialPatterns.redact(&bytes) || changed
    return changed ? String(decoding: bytes, as: UTF8.self) : text
  }

  private static func replace(_ value: [UInt8], in bytes: inout [UInt8]) -> Bool {
    var output: [UInt8] = []
    var (index, copied) = (0, 0)
    while index + value.count <= bytes.count {
      if bytes[index] == value[0], bytes[index..<index + value.count].elementsEqual(value) {
        output += bytes[copied..<index]
        output += mark.utf8
        index += value.count
        copied = index
      } else {
        index += 1
      }
    }
    guard copied > 0 else { return false }
    bytes = output + bytes[copied...]
    return true
  }

  private static func percentEncoded(_ text: String) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return text.utf8.reduce(into: []) { output, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
      default: output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}
