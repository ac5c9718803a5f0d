extension JSONValue {
  /// The path of the first member that an object has twice, as in `media.url` or `contacts[0].name`; nil when each name stands for one
  /// value. Of a repeated member the last one counts here, the first one elsewhere (RFC 8259 section 4): who may refuse it, should.
  public var repeatedMember: String? { repetition(at: "") }

  private func repetition(at path: String) -> String? {
    switch self {
    case .object(let object):
      var names: Set<String> = []
      for member in object {
        let place = path.isEmpty ? member.key : "\(path).\(member.key)"
        guard names.insert(member.key).inserted else { return place }
        if let found = member.value.repetition(at: place) { return found }
      }
      return nil
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        if let found = element.repetition(at: "\(path)[\(index)]") { return found }
      }
      return nil
    case .null, .bool, .number, .string: return nil
    }
  }
}
