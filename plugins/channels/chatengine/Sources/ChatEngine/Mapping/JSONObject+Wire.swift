import OrderedJSON

/// Reading members that a server may spell in several ways.
extension JSONObject {
  /// An id: nil when there is nothing in it, or more than the journal takes for a name.
  func name(_ key: String) -> String? { identifier(key).flatMap { $0.utf8.count <= 512 ? $0 : nil } }

  /// A text with something in it.
  func text(_ key: String) -> String? { self[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }

  /// The first of these members that is a text with something in it.
  func text(_ keys: [String]) -> String? { keys.lazy.compactMap { text($0) }.first }
}
