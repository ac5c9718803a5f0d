import OrderedJSON

/// The filling of one gap: what to ask, what to store, how long to wait after a failure, and when to give up.
struct GapWalk: Sendable {
  /// How often something may fail before the next part is stored; then the rest is given up.
  static let attempts = 8
  private static let firstWaitMs: Int64 = 1000
  private static let longestWaitMs: Int64 = 60_000

  /// What is still open.
  private(set) var gap: Attendance.Gap
  /// How many events were news.
  private(set) var found = 0
  private var pages: MessagePages
  private var failures = 0

  init(_ gap: Attendance.Gap) {
    self.gap = gap
    pages = MessagePages(fromMs: gap.fromMs, toMs: gap.toMs)
  }

  /// The body of the next question; nil when all is done.
  var question: JSONValue? { if case .ask(let body) = pages.next { body } else { nil } }

  /// Takes an answer; messages to store, the oldest first, after which nothing is open up to that time.
  mutating func take(_ answer: JSONValue) throws(MessagePages.Malformed) -> (records: [JSONObject], upToMs: Int64)? {
    guard case .store(let records, let upToMs)? = try pages.take(answer) else { return nil }
    return (records, upToMs)
  }

  /// They are stored; so many of them were news.
  mutating func stored(_ news: Int, rest: Attendance.Gap) {
    found += news
    gap = rest
    failures = 0
  }

  /// Something failed: how long to wait before it is tried again; nil to give up. What was taken and not stored is asked for again.
  ///
  /// - Parameter counts: false when nobody but the hub was at fault, so that it says nothing of the gap.
  mutating func failed(counts: Bool = true) -> Int64? {
    if counts { failures += 1 }
    guard failures < Self.attempts else { return nil }
    pages = MessagePages(fromMs: gap.fromMs, toMs: gap.toMs)
    return min(Self.firstWaitMs << Int64(max(failures - 1, 0)), Self.longestWaitMs)
  }
}

extension Attendance.Gap {
  /// The part that is too long ago to be caught up with, and the rest.
  func cut(to limitMs: Int64) -> (old: Attendance.Gap?, rest: Attendance.Gap) {
    guard toMs - fromMs > limitMs else { return (nil, self) }
    var (old, rest) = (self, self)
    (old.toMs, rest.fromMs) = (toMs - limitMs, toMs - limitMs)
    return (old, rest)
  }
}
