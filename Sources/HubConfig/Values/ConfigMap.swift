/// A mapping whose keys the user chooses, in the order written.
public struct ConfigMap<Value: Sendable>: Sendable, Sequence {
  /// One key and its value.
  public struct Entry: Sendable {
    /// The key as written.
    public let name: String
    /// Its value.
    public var value: Value
  }

  /// The entries in the order written; no key occurs twice.
  public internal(set) var entries: [Entry]

  init(_ entries: [Entry] = []) { self.entries = entries }

  /// The value of a key.
  public subscript(name: String) -> Value? { entries.first { $0.name == name }?.value }

  /// The keys in the order written.
  public var names: [String] { entries.map(\.name) }

  /// Whether there is no entry.
  public var isEmpty: Bool { entries.isEmpty }

  /// Walks the entries in order.
  public func makeIterator() -> IndexingIterator<[Entry]> { entries.makeIterator() }
}
