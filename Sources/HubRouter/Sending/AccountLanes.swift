/// The lanes of one account, and what it may begin.
struct AccountLanes: Sendable {
  var bucket: SendBucket?
  var inFlight = 0
  /// Lanes whose head waits for a time.
  private(set) var waiting: [SendLanes.Lane: Duration] = [:]
  /// How often in a row it could not send; 0: it is up.
  private(set) var downs = 0
  private var downUntil: Duration?
  private var pausedUntil: Duration?
  /// Lanes whose head may begin, in the order they became so.
  private var ready: ArraySlice<SendLanes.Lane> = []
  private var isReady: Set<SendLanes.Lane> = []

  mutating func wait(_ lane: SendLanes.Lane, until: Duration) {
    rest(lane)
    waiting[lane] = until
  }

  mutating func beReady(_ lane: SendLanes.Lane) {
    waiting[lane] = nil
    if isReady.insert(lane).inserted { ready.append(lane) }
  }

  /// Lanes whose time has come.
  func due(now: Duration) -> [SendLanes.Lane] { waiting.filter { $0.value <= now }.map(\.key) }

  /// A lane whose head begins now; nil when none may.
  mutating func next(now: Duration, limit: Int) -> SendLanes.Lane? {
    guard !ready.isEmpty, inFlight < limit, (pausedUntil ?? now) <= now else { return nil }
    // A single one finds out whether an account that was down can send again.
    if let downUntil, downUntil > now || inFlight > 0 { return nil }
    guard bucket?.take(now: now) ?? true, let lane = ready.popFirst() else { return nil }
    isReady.remove(lane)
    return lane
  }

  mutating func pause(until: Duration) { pausedUntil = max(pausedUntil ?? until, until) }

  mutating func goDown(until: Duration, now: Duration) {
    // What was in flight beside the first that found out finds out nothing new.
    if let downUntil, downUntil > now { return }
    (downs, downUntil) = (downs + 1, until)
  }

  mutating func comeUp() { (downs, downUntil) = (0, nil) }

  /// What was taken for an attempt that did not take place.
  mutating func giveBack(now: Duration) { bucket?.giveBack(now: now) }

  /// When something may begin that cannot now for want of time.
  func nextWake(now: Duration, limit: Int) -> Duration? {
    var wake = waiting.values.min()
    guard !ready.isEmpty, inFlight < limit, downUntil == nil || inFlight == 0 else { return wake }
    var next = max(pausedUntil ?? now, downUntil ?? now)
    if let bucket { next = max(next, bucket.nextToken(now: now)) }
    wake = min(wake ?? next, next)
    return wake
  }

  /// A lane has nothing that may begin now.
  mutating func rest(_ lane: SendLanes.Lane) {
    waiting[lane] = nil
    guard isReady.remove(lane) != nil else { return }
    ready.removeAll { $0 == lane }
  }
}

/// So many a second, with bursts of a tenth of a second's worth: a provider counts by the second and refuses what is more.
struct SendBucket: Sendable {
  private let rate, burst: Double
  private var tokens: Double
  private var updated: Duration

  /// A full one; nil when everything passes.
  init?(perSecond rate: Double, now: Duration) {
    guard rate > 0 else { return nil }
    self.rate = rate
    burst = max(1, rate / 10)
    tokens = burst
    updated = now
  }

  mutating func take(now: Duration) -> Bool {
    tokens = level(now: now)
    updated = max(updated, now)
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }

  mutating func giveBack(now: Duration) {
    tokens = min(burst, level(now: now) + 1)
    updated = max(updated, now)
  }

  /// When there is one to take.
  func nextToken(now: Duration) -> Duration {
    let level = level(now: now)
    // A nanosecond late rather than early: nobody wakes for nothing.
    return level >= 1 ? now : now + .seconds((1 - level) / rate) + .nanoseconds(1)
  }

  private func level(now: Duration) -> Double { min(burst, tokens + max(0, (now - updated) / .seconds(1)) * rate) }
}
