/// Token buckets by key (address, user, tenant), in bounded memory: the least recently used bucket makes room.
///
/// A value without clock or lock; its owner confines it.
public struct RateLimiter: Sendable {
  private struct Entry {
    let key: String
    var bucket: TokenBucket
    var older: Int
    var newer: Int
  }

  /// The limit of every key.
  public let limit: RateLimit
  /// The most keys held.
  public let capacity: Int
  /// Buckets dropped while they still held something back: each may have let a burst too many pass.
  public private(set) var evictions: UInt64 = 0

  private var index: [String: Int] = [:]
  private var entries: [Entry] = []
  private var oldest = -1
  private var newest = -1

  /// A limiter without keys.
  public init(_ limit: RateLimit, capacity: Int = 50_000) {
    self.limit = limit
    self.capacity = max(1, capacity)
  }

  /// How many keys are held.
  public var count: Int { entries.count }

  /// What the key's bucket holds; an unknown key's is full.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public func level(of key: String, now: Int64) -> Double {
    index[key].map { entries[$0].bucket.level(limit, now: now) } ?? limit.burst
  }

  /// Takes `cost` from the key's bucket.
  ///
  /// - Parameter now: milliseconds of a clock that never goes back.
  public mutating func take(_ key: String, cost: Double = 1, now: Int64) -> RateDecision {
    guard !limit.isUnlimited else { return .allowed }
    let slot = index[key] ?? place(key, now: now)
    touch(slot)
    return entries[slot].bucket.take(cost, limit: limit, now: now)
  }

  private mutating func place(_ key: String, now: Int64) -> Int {
    let entry = Entry(key: key, bucket: TokenBucket(limit, now: now), older: -1, newer: -1)
    guard entries.count >= capacity else {
      entries.append(entry)
      index[key] = entries.count - 1
      link(entries.count - 1)
      return entries.count - 1
    }
    let slot = oldest
    if entries[slot].bucket.level(limit, now: now) < limit.burst { evictions += 1 }
    index[entries[slot].key] = nil
    unlink(slot)
    entries[slot] = entry
    index[key] = slot
    link(slot)
    return slot
  }

  private mutating func touch(_ slot: Int) {
    guard slot != newest else { return }
    unlink(slot)
    link(slot)
  }

  private mutating func unlink(_ slot: Int) {
    let (older, newer) = (entries[slot].older, entries[slot].newer)
    if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    if newer >= 0 { entries[newer].older = older } else { newest = older }
  }

  private mutating func link(_ slot: Int) {
    entries[slot].older = newest
    entries[slot].newer = -1
    if newest >= 0 { entries[newest].newer = slot } else { oldest = slot }
    newest = slot
  }
}
