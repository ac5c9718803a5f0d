/// One extension with its parameters, as a client offers it.
struct ExtensionOffer: Sendable, Hashable {
  /// A parameter; without a value it is a flag.
  struct Parameter: Sendable, Hashable {
    var name: String
    var value: String?
  }

  var name: String
  var parameters: [Parameter] = []

  /// The offers of a `Sec-WebSocket-Extensions` field, most wanted first (RFC 6455 §9.1). Nil when it is none.
  static func list(_ field: String) -> [ExtensionOffer]? {
    var scanner = FieldScanner(field)
    var offers: [ExtensionOffer] = []
    repeat {
      guard let name = scanner.token() else { return nil }
      var offer = ExtensionOffer(name: name)
      while scanner.skip(";") {
        guard let name = scanner.token() else { return nil }
        guard scanner.skip("=") else {
          offer.parameters.append(Parameter(name: name))
          continue
        }
        guard let value = scanner.value() else { return nil }
        offer.parameters.append(Parameter(name: name, value: value))
      }
      offers.append(offer)
    } while scanner.skip(",")
    return scanner.isAtEnd ? offers : nil
  }
}

/// Tokens and quoted strings, with optional space around them (RFC 9110 §5.6).
private struct FieldScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: mark) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func token() -> String? {
    skipSpace()
    let token = rest.prefix(while: Self.isToken)
    rest = rest.dropFirst(token.count)
    skipSpace()
    return token.isEmpty ? nil : String(Substring(token))
  }

  /// A token, in quotes or not: what is within the quotes must be one, too (RFC 6455 §9.1).
  mutating func value() -> String? {
    guard skip("\"") else { return token() }
    let text = rest.prefix { $0 != UInt8(ascii: "\"") }
    rest = rest.dropFirst(text.count)
    guard skip("\""), text.isEmpty == false, text.allSatisfy(Self.isToken) else { return nil }
    skipSpace()
    return String(Substring(text))
  }

  private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
