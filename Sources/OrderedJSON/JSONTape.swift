/// A parsed document as its text and where each value lies in it. Values are made when somebody asks for them: of a message that passes
/// through, most never are.
final class JSONTape: Sendable {
  enum Kind: UInt8, Sendable {
    case null, no, yes, number, string
    /// A string with escapes.
    case escaped
    case array, object
  }

  /// One value, or a key. A container is followed by what it holds: an object by keys and values in turn.
  struct Node: Sendable {
    /// In bytes of the text; of a string without its quotes.
    var start, end: UInt32
    /// The node after this one and all it holds.
    var next: UInt32
    var kind: Kind

    var range: Range<Int> { Int(start)..<Int(end) }
  }

  let text: [UInt8]
  let nodes: [Node]
  /// Whether writing the values would give the very same text: no space between them, no escape that could have been spelled otherwise.
  let isCanonical: Bool

  init(text: [UInt8], nodes: [Node], isCanonical: Bool) {
    self.text = text
    self.nodes = nodes
    self.isCanonical = isCanonical
  }

  /// The value of a node.
  func value(at index: Int) -> JSONValue {
    let node = nodes[index]
    switch node.kind {
    case .object: return .object(node.next == UInt32(index + 1) ? JSONObject() : JSONObject(self, at: index))
    case .array:
      var elements: [JSONValue] = []
      var next = index + 1
      while next < Int(node.next) {
        elements.append(value(at: next))
        next = Int(nodes[next].next)
      }
      return .array(elements)
    default: return text.withUnsafeBytes { Self.scalar(node, in: $0) }
    }
  }

  /// How many values an array holds itself; 0 for what is none.
  func elementCount(at index: Int) -> Int {
    guard nodes[index].kind == .array else { return 0 }
    var (count, next) = (0, index + 1)
    while next < Int(nodes[index].next) { (count, next) = (count + 1, Int(nodes[next].next)) }
    return count
  }

  /// The value of a node that holds no others.
  static func scalar(_ node: Node, in text: UnsafeRawBufferPointer) -> JSONValue {
    switch node.kind {
    case .null, .array, .object: .null
    case .no: .bool(false)
    case .yes: .bool(true)
    case .number: .number(JSONNumber(validated: String(decoding: text[node.range], as: UTF8.self)))
    case .string, .escaped: .string(string(node, in: text))
    }
  }

  static func string(_ node: Node, in text: UnsafeRawBufferPointer) -> String {
    let content = UnsafeRawBufferPointer(rebasing: text[node.range])
    return node.kind == .escaped ? JSONCursor.unescaped(content) : String(decoding: content, as: UTF8.self)
  }

  /// The node of an object's member; of a repeated key the last one counts.
  func member(_ key: String, of object: Int) -> Int? {
    var key = key
    return key.withUTF8 { key in
      nodes.withUnsafeBufferPointer { nodes in
        text.withUnsafeBytes { text in
          let end = Int(nodes[object].next)
          var index = object + 1
          var found: Int?
          while index < end {
            if Self.isKey(nodes[index], key, in: text) { found = index + 1 }
            index = Int(nodes[index + 1].next)
          }
          return found
        }
      }
    }
  }

  @inline(__always)
  private static func isKey(_ node: Node, _ key: UnsafeBufferPointer<UInt8>, in text: UnsafeRawBufferPointer) -> Bool {
    guard node.kind == .string else { return string(node, in: text) == String(decoding: key, as: UTF8.self) }
    guard Int(node.end &- node.start) == key.count else { return false }
    let start = Int(node.start)
    for index in 0..<key.count where text[start + index] != key[index] { return false }
    return true
  }

  /// Calls `body` with the nodes of each key and its value, in order.
  func forEachMember(of object: Int, _ body: (_ key: Int, _ value: Int) -> Void) {
    let end = Int(nodes[object].next)
    var index = object + 1
    while index < end {
      body(index, index + 1)
      index = Int(nodes[index + 1].next)
    }
  }

  /// Keys and values in order, repeated keys included.
  func members(of object: Int) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = []
    forEachMember(of: object) { key, value in
      let name = text.withUnsafeBytes { Self.string(nodes[key], in: $0) }
      members.append(JSONObject.Member(key: name, value: self.value(at: value)))
    }
    return members
  }
}
