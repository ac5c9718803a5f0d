import OrderedJSON

extension JSONObject {
  /// A string as it is, or the digits of a number.
  func text(_ key: String) -> String? { self[key]?.tolerantText }
}
