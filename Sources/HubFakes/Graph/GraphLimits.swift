/// What one number may send: so many messages a second, and to one customer a burst, then one in six seconds.
struct GraphLimits: Sendable {
  let throughput: Int
  let pairBurst: Int
  private var second: [String: (start: Moment, count: Int)] = [:]
  private var pairs: [String: (tokens: Double, since: Moment)] = [:]

  init(throughput: Int, pairBurst: Int) {
    self.throughput = throughput
    self.pairBurst = pairBurst
  }

  /// Counts one message of a number, in or out. False when it is over the number's throughput.
  mutating func count(_ number: String, now: Moment) -> Bool {
    guard throughput > 0 else { return true }
    var window = second[number] ?? (now, 0)
    if now - window.start >= 1000 { window = (now, 0) }
    window.count += 1
    second[number] = window
    return window.count <= throughput
  }

  /// Counts one message to a customer. False when it is over the pair's rate, and then it isn't counted.
  mutating func count(_ number: String, to customer: String, now: Moment) -> Bool {
    guard pairBurst > 0 else { return true }
    let key = number + " " + customer
    var bucket = pairs[key] ?? (Double(pairBurst), now)
    bucket.tokens = min(Double(pairBurst), bucket.tokens + Double(now - bucket.since) / 6000)
    bucket.since = now
    let isAllowed = bucket.tokens >= 1
    if isAllowed { bucket.tokens -= 1 }
    pairs[key] = bucket
    return isAllowed
  }
}
