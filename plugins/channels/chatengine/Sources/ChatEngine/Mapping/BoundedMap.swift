/// A map of bounded size: the entry that was used longest ago gives way to a new one.
struct BoundedMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Node: Sendable {
    var key: Key
    var value: Value
    var older, newer: Int?
  }

  let limit: Int
  private var nodes: [Node] = []
  private var places: [Key: Int] = [:]
  private var free: [Int] = []
  private var oldest: Int?
  private var newest: Int?

  /// - Parameter limit: at least 1.
  init(limit: Int) { self.limit = limit }

  var count: Int { places.count }

  /// The keys, used longest ago first.
  var keys: [Key] {
    var keys: [Key] = []
    var place = oldest
    while let node = place.map({ nodes[$0] }) {
      keys.append(node.key)
      place = node.newer
    }
    return keys
  }

  /// The entry that was used longest ago.
  var first: (key: Key, value: Value)? { oldest.map { (nodes[$0].key, nodes[$0].value) } }

  /// A value, as it is; looking is no use.
  subscript(key: Key) -> Value? { places[key].map { nodes[$0].value } }

  /// Keeps a value as the one used last.
  ///
  /// - Returns: the key that gave way, when the map was full.
  @discardableResult
  mutating func use(_ key: Key, _ value: Value) -> Key? {
    if let place = places[key] {
      nodes[place].value = value
      unlink(place)
      link(place)
      return nil
    }
    var evicted: Key?
    if places.count >= limit, let place = oldest {
      evicted = nodes[place].key
      remove(nodes[place].key)
    }
    let node = Node(key: key, value: value)
    let place = free.popLast() ?? nodes.count
    if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
    places[key] = place
    link(place)
    return evicted
  }

  /// Takes an entry out.
  @discardableResult
  mutating func remove(_ key: Key) -> Value? {
    guard let place = places.removeValue(forKey: key) else { return nil }
    unlink(place)
    free.append(place)
    return nodes[place].value
  }

  private mutating func link(_ place: Int) {
    (nodes[place].older, nodes[place].newer) = (newest, nil)
    if let newest { nodes[newest].newer = place } else { oldest = place }
    newest = place
  }

  private mutating func unlink(_ place: Int) {
    let (older, newer) = (nodes[place].older, nodes[place].newer)
    if let older { nodes[older].newer = newer } else { oldest = newer }
    if let newer { nodes[newer].older = older } else { newest = older }
  }
}
