import HubPluginSDK

/// What the provider takes (Meta's message reference), checked before anything goes out: its own refusals rarely name member and limit.
enum Limits {
  /// A text of 1 to `limit` characters.
  static func check(_ text: String, _ member: String, limit: Int) throws(HubError) {
    guard text.isEmpty == false else { throw HubError(.invalid, "\(member) is missing") }
    guard text.unicodeScalars.count <= limit else { throw HubError(.invalid, "\(member) is longer than \(limit) characters") }
  }

  /// So many of something.
  static func check(count: Int, _ member: String, in range: ClosedRange<Int>) throws(HubError) {
    guard range.contains(count) else {
      throw HubError(.invalid, "\(member) has \(count) elements, not \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// The provider's id of a message.
  static func check(id: String, _ member: String) throws(HubError) {
    guard id.isEmpty == false else { throw HubError(.invalid, "\(member) is missing") }
  }
}
