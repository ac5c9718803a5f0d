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
      var rest = bytes[...]
      while rest.isEmpty == false {
        let start = rest.lastIndex(of: UInt8(ascii: "&")).map { $0 + 1 } ?? rest.startIndex
        let pair = rest[start...]
        rest = rest[..<max(start - 1, rest.startIndex)]
        if pair.isEmpty { continue }
        let mark = pair.firstIndex(of: UInt8(ascii: "="))
        let key = pair[..<(mark ?? pair.endIndex)]
        let isName = FormText.isEncoded(key) ? FormText.decoded(key) == name : key.elementsEqual(name.utf8)
        if isName { return mark.map { FormText.decoded(pair[($0 + 1)...]) } ?? "" }
      }
      return nil
    }
  }
}
