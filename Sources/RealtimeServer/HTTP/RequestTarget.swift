internal import EngineIO

/// Request targets in origin form (RFC 9112 §3.2.1).
enum RequestTarget {
  static func split(_ target: String) -> (path: String, query: String) {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, "") }
    return (String(target[..<mark]), String(target[target.utf8.index(after: mark)...]))
  }

  /// The last value of a parameter of a form-encoded query.
  static func lastValue(of name: String, inQuery query: String) -> String? {
    var query = query
    return query.withUTF8 { bytes in
      for pair in bytes.split(separator: UInt8(ascii: "&")).reversed() {
        let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let isName = FormText.isEncoded(halves[0]) ? FormText.decoded(halves[0]) == name : halves[0].elementsEqual(name.utf8)
        if isName { return halves.count > 1 ? FormText.decoded(halves[1]) : "" }
      }
      return nil
    }
  }
}
