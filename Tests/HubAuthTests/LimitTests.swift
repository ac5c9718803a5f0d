import HubAuth
import HubTesting
import Testing

@Suite("Limits")
struct LimitTests {
  @Test("a burst of two seconds passes at once, then the rate holds")
  func burst() {
    var limiter = RateLimiter(RateLimit(perSecond: 50))
    #expect((0..<100).allSatisfy { _ in limiter.take("a", now: 0).isAllowed })
    #expect(limiter.take("a", now: 0) == .limited(retryAfter: 20))
    #expect(limiter.take("a", now: 19).isAllowed == false)
    #expect(limiter.take("a", now: 20).isAllowed)
    #expect(limiter.take("b", now: 20).isAllowed)
  }

  @Test("over any stretch no more passes than the burst and the rate allow", arguments: 0..<20)
  func bound(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let limit = RateLimit(perSecond: Double.random(in: 0.5...200, using: &random))
    var bucket = TokenBucket(limit, now: 0)
    var (now, passed): (Int64, Double) = (0, 0)
    for _ in 0..<3000 {
      now += Int64.random(in: 0...30, using: &random)
      if bucket.take(limit: limit, now: now).isAllowed { passed += 1 }
      #expect(passed <= limit.burst + limit.rate * Double(now) / 1000 + 1e-6)
    }
    #expect(passed >= min(3000, limit.rate * Double(now) / 1000 * 0.9).rounded(.down))
  }

  @Test("the wait that a refusal names is enough and not too long")
  func retryAfter() {
    let limit = RateLimit(perSecond: 3)
    var bucket = TokenBucket(limit, now: 0)
    while bucket.take(limit: limit, now: 0).isAllowed {}
    guard case .limited(let wait) = bucket.take(limit: limit, now: 0) else { return #expect(Bool(false), "limited") }
    #expect(!bucket.take(limit: limit, now: wait - 2).isAllowed)
    #expect(bucket.take(limit: limit, now: wait).isAllowed)
  }

  @Test("a clock that goes back gives nothing away and breaks nothing")
  func clock() {
    let limit = RateLimit(perSecond: 1)
    var bucket = TokenBucket(limit, now: 1000)
    _ = bucket.take(limit: limit, now: 1000)
    _ = bucket.take(limit: limit, now: 1000)
    #expect(!bucket.take(limit: limit, now: 0).isAllowed)
    #expect(!bucket.take(limit: limit, now: 1500).isAllowed)
    #expect(bucket.take(limit: limit, now: 2000).isAllowed)
  }

  @Test("a rate of zero is no limit and holds no memory")
  func unlimited() {
    var limiter = RateLimiter(RateLimit(perSecond: 0))
    #expect((0..<1000).allSatisfy { limiter.take("\($0)", now: 0).isAllowed } && limiter.count == 0)
  }

  @Test("case 44: a million keys use the memory of the capacity, and drops of unfilled buckets are counted")
  func case44_flood() {
    var limiter = RateLimiter(RateLimit(perSecond: 1), capacity: 100)
    for key in 0..<20_000 { _ = limiter.take("\(key)", now: 0) }
    #expect(limiter.count == 100 && limiter.evictions == 19_900)
    // Filled up again, buckets are dropped without loss.
    for key in 0..<100 { _ = limiter.take("later \(key)", now: 10_000) }
    #expect(limiter.count == 100 && limiter.evictions == 19_900)
  }

  @Test("the least recently used key makes room")
  func eviction() {
    var limiter = RateLimiter(RateLimit(perSecond: 1), capacity: 2)
    for _ in 0..<3 { _ = limiter.take("busy", now: 0) }
    _ = limiter.take("idle", now: 0)
    #expect(!limiter.take("busy", now: 0).isAllowed)
    _ = limiter.take("new", now: 0)
    #expect(!limiter.take("busy", now: 0).isAllowed)
    #expect(limiter.take("idle", now: 0).isAllowed && limiter.evictions == 2)
  }

  @Test("the table behaves like one bucket per key as long as it holds them", arguments: 0..<5)
  func model(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let limit = RateLimit(perSecond: 5)
    var limiter = RateLimiter(limit, capacity: 16)
    var model: [String: TokenBucket] = [:]
    for step in 0..<5000 {
      let key = "\(Int.random(in: 0..<16, using: &random))"
      let now = Int64(step * 7)
      var bucket = model[key] ?? TokenBucket(limit, now: now)
      #expect(limiter.take(key, now: now) == bucket.take(limit: limit, now: now))
      model[key] = bucket
    }
    #expect(limiter.evictions == 0)
  }
}
