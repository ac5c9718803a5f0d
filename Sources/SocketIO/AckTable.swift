/// The answers one socket still owes. Ids are given by the caller: they count per namespace.
public struct AckTable<Waiter> {
  private var waiters: [UInt64: Waiter] = [:]

  /// Nothing is owed.
  public init() {}

  /// How many answers are owed.
  public var count: Int { waiters.count }

  /// Waits for the answer with this id.
  public mutating func wait(for id: UInt64, _ waiter: Waiter) { waiters[id] = waiter }

  /// The answer came, or its time is over: a second one finds nothing.
  public mutating func take(_ id: UInt64) -> Waiter? { waiters.removeValue(forKey: id) }

  /// The socket is gone: nothing will be answered.
  public mutating func removeAll() -> [Waiter] {
    defer { waiters = [:] }
    return Array(waiters.values)
  }
}
