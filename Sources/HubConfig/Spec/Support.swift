import OrderedJSON

/// How far this version goes along with a key. `hub check`, `hub schema` and docs/config.md all go by it.
enum Support: Sendable, Hashable {
  /// All the way.
  case full
  /// Read and checked, then left alone.
  case ignored
  /// The hub would be more open than the file says, so it does not start.
  case refused
  /// Of its values only this one.
  case only(String)

  /// What the description of the key ends with.
  var note: String {
    switch self {
    case .full: ""
    case .ignored: " No effect in this version."
    case .refused: " Refused by this version."
    case .only(let word): " This version takes \(word) only."
    }
  }

  /// Whether a value asks for more than the default does.
  func falls(short value: JSONValue?, of standard: JSONValue?) -> Bool {
    guard let value, value != standard else { return false }
    switch self {
    case .full: return false
    case .ignored, .refused: return true
    case .only(let word): return !(value.array ?? [value]).allSatisfy { $0.string == word }
    }
  }
}

/// A key that asks for what this version does not do.
struct Shortfall {
  let path: [String]
  let support: Support
}
