/// The members of a JSON object in the order they were written.
///
/// Look-up is linear: objects on the message path have a dozen members. Of a repeated key the last one counts, as in JavaScript.
public struct JSONObject: Sendable, Hashable {
  /// Keys and values in order, repeated keys included.
  public private(set) var members: [Member]

  /// One key and its value.
  public struct Member: Sendable, Hashable {
    /// The member's name.
    public var key: String
    /// The member's value.
    public var value: JSONValue
  }

  /// An object without members.
  public init() { members = [] }

  /// An object with these members, in this order.
  public init(_ pairs: some Sequence<(String, JSONValue)>) {
    members = pairs.map { Member(key: $0.0, value: $0.1) }
  }

  init(parsed members: [Member]) { self.members = members }

  /// How many members there are, repeated keys included.
  public var count: Int { members.count }

  /// Whether there is no member.
  public var isEmpty: Bool { members.isEmpty }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// The member of that name. Setting appends a new key at the end; setting nil removes the key.
  public subscript(key: String) -> JSONValue? {
    get { members.last { $0.key == key }?.value }
    set {
      guard let newValue else {
        members.removeAll { $0.key == key }
        return
      }
      if let index = members.lastIndex(where: { $0.key == key }) {
        members[index].value = newValue
      } else {
        members.append(Member(key: key, value: newValue))
      }
    }
  }

  /// Appends a member without looking for one of the same name.
  public mutating func append(_ key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object with the members in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Sequence {
  /// Walks the members in order.
  public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
