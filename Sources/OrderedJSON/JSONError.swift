/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Hashable {
    /// The text ends inside a value.
    case unexpectedEnd
    /// A byte that cannot stand here.
    case unexpectedByte
    /// A number that breaks the grammar.
    case badNumber
    /// A string with a raw control character or an unknown escape.
    case badString
    /// A string that is not UTF-8.
    case badUTF8
    /// More nested arrays and objects than allowed.
    case tooDeep
    /// More values than allowed.
    case tooMany
    /// Something follows the value.
    case trailingBytes
  }

  /// What is wrong.
  public let code: Code
  /// The place, in bytes from the start of the text.
  public let offset: Int

  /// One line for a log or an answer.
  public var description: String {
    let text =
      switch code {
      case .unexpectedEnd: "the text ends too early"
      case .unexpectedByte: "unexpected character"
      case .badNumber: "not a number"
      case .badString: "bad string"
      case .badUTF8: "not UTF-8"
      case .tooDeep: "nested too deeply"
      case .tooMany: "too many values"
      case .trailingBytes: "text after the value"
      }
    return "\(text) at byte \(offset)"
  }
}
