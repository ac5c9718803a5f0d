/// The members of a JSON object in the order they were written.
///
/// Look-up is linear: objects on the message path have a dozen members. Of a repeated key the last one counts, as in JavaScript.
public struct JSONObject: Sendable {
  /// One key and its value.
  public struct Member: Sendable, Hashable {
    /// The member's name.
    public var key: String
    /// The member's value.
    public var value: JSONValue
  }

  enum Storage: Sendable {
    case made([Member])
    /// Parsed and not touched since.
    case taped(JSONTape, at: UInt32)
  }

  private(set) var storage: Storage

  /// Keys and values in order, repeated keys included.
  public private(set) var members: [Member] {
    get {
      switch storage {
      case .made(let members): members
      case .taped(let tape, let place): tape.members(of: Int(place))
      }
    }
    set { storage = .made(newValue) }
  }

  /// An object without members.
  public init() { storage = .made([]) }

  /// An object with these members, in this order.
  public init(_ pairs: some Sequence<(String, JSONValue)>) {
    storage = .made(pairs.map { Member(key: $0.0, value: $0.1) })
  }

  init(_ tape: JSONTape, at place: Int) { storage = .taped(tape, at: UInt32(truncatingIfNeeded: place)) }

  /// How many members there are, repeated keys included.
  public var count: Int {
    switch storage {
    case .made(let members): return members.count
    case .taped(let tape, let place):
      var count = 0
      tape.forEachMember(of: Int(place)) { _, _ in count += 1 }
      return count
    }
  }

  /// Whether there is no member.
  public var isEmpty: Bool { count == 0 }

  /// Whether there is a member of that name.
  public func has(_ key: String) -> Bool {
    switch storage {
    case .made(let members): members.contains { $0.key == key }
    case .taped(let tape, let place): tape.member(key, of: Int(place)) != nil
    }
  }

  /// How many elements the list of that name has; 0 when it is none. No value is made for it.
  public func elementCount(_ key: String) -> Int {
    guard case .taped(let tape, let place) = storage else { return self[key]?.array?.count ?? 0 }
    return tape.member(key, of: Int(place)).map(tape.elementCount) ?? 0
  }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// The member of that name. Setting appends a new key at the end; setting nil removes the key.
  public subscript(key: String) -> JSONValue? {
    get {
      switch storage {
      case .made(let members): return members.last { $0.key == key }?.value
      case .taped(let tape, let place):
        guard let node = tape.member(key, of: Int(place)) else { return nil }
        return tape.value(at: node)
      }
    }
    set {
      var members = members
      storage = .made([])
      defer { self.members = members }
      guard let newValue else { return members.removeAll { $0.key == key } }
      if let index = members.lastIndex(where: { $0.key == key }) {
        members[index].value = newValue
      } else {
        members.append(Member(key: key, value: newValue))
      }
    }
  }

  /// Appends a member without looking for one of the same name.
  public mutating func append(_ key: String, _ value: JSONValue) {
    var members = members
    storage = .made([])
    members.append(Member(key: key, value: value))
    self.members = members
  }
}

extension JSONObject: Hashable {
  /// The same members in the same order.
  public static func == (lhs: JSONObject, rhs: JSONObject) -> Bool { lhs.members == rhs.members }

  /// Every member counts.
  public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object with the members in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Sequence {
  /// Walks the members in order.
  public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
