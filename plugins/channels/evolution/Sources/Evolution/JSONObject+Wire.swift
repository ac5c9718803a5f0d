import OrderedJSON

/// Reading members whose spelling changes from version to version.
extension JSONObject {
  /// The first of these members that holds a text.
  func identifier(_ keys: [String]) -> String? { keys.lazy.compactMap { identifier($0) }.first }

  /// A whole number in any of its encodings.
  func wireInteger(_ key: String) -> Int64? { self[key].flatMap(WireNumber.integer) }

  /// Appends a flag that is up.
  mutating func raise(_ key: String, _ flag: Bool) {
    if flag { append(key, true) }
  }
}
