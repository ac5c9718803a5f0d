public import OrderedJSON

extension JSONObject {
  /// A configuration in which one member is another, or, with nil, is left out.
  public func with(_ key: String, _ value: JSONValue?) -> JSONValue {
    var changed = self
    changed[key] = value
    return .object(changed)
  }
}
