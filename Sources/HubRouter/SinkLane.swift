/// Decides what one sink is given next. Pure: it is told what the journal holds, what the sink answered and what time it is,
/// and says which deliveries to begin, when to look again and how far the sink's cursor may move.
///
/// - Items begin in journal order, at most `window` of them past the cursor.
/// - Items of one lane (a conversation) begin one after the other, each when the one before it is settled; a failed one is
///   tried again before anything behind it in its lane. Other lanes go on.
/// - The cursor is the highest sequence with nothing unsettled at or below it.
public struct SinkLane: Sendable {
  /// What became of one delivery.
  public enum Outcome: Sendable, Hashable {
    /// The sink has it.
    case delivered
    /// The sink will never take this one: it is passed over, and counted by the caller.
    case rejected
    /// Try again later.
    case failed
  }

  /// A delivery to begin now.
  public struct Start: Sendable, Hashable {
    /// The item's place in the journal.
    public var sequence: UInt64
    /// 1 for the first time.
    public var attempt: Int

    /// A delivery.
    public init(sequence: UInt64, attempt: Int) {
      self.sequence = sequence
      self.attempt = attempt
    }
  }

  /// What the caller has to do after an input.
  public struct Step: Sendable, Hashable {
    /// Begin these, in this order.
    public var start: [Start] = []
    /// The cursor's new place, when it moved.
    public var cursor: UInt64?
    /// False for an answer to an attempt that is not the current one: it changed nothing.
    public var isAccepted: Bool

    /// What to do; nothing by default.
    public init(start: [Start] = [], cursor: UInt64? = nil, isAccepted: Bool = true) {
      self.start = start
      self.cursor = cursor
      self.isAccepted = isAccepted
    }
  }

  private enum Progress {
    /// Waits for the item before it in its lane, or for the end of a pause.
    case queued
    case inFlight(attempt: Int)
    case waiting(until: Duration, attempt: Int)
  }

  private struct Item {
    var lane: String
    var progress: Progress
  }

  /// The highest sequence up to which everything is settled.
  public private(set) var cursor: UInt64
  /// The highest sequence ever offered.
  public private(set) var lastOffered: UInt64
  /// True between `pause` and `resume`.
  public private(set) var isPaused = false

  private let window: Int
  private let backoff: Backoff
  private var items: [UInt64: Item] = [:]
  /// Unsettled sequences of each lane, oldest first; the first one is the only one that may be in flight.
  private var lanes: [String: [UInt64]] = [:]
  /// Every offered sequence above the cursor, ascending; one that is not in `items` is settled and waits for an older one.
  private var open: ArraySlice<UInt64> = []

  /// A lane that continues after `cursor`.
  /// - Parameter window: the most items past the cursor, 1 or more.
  public init(cursor: UInt64, window: Int = 256, backoff: Backoff = .delivery) {
    self.cursor = cursor
    self.lastOffered = cursor
    self.window = max(window, 1)
    self.backoff = backoff
  }

  /// How many more items may be offered now.
  public var room: Int { window - open.count }

  /// Items begun and not answered yet.
  public var inFlight: Int {
    items.values.reduce(0) { count, item in if case .inFlight = item.progress { count + 1 } else { count } }
  }

  /// When `tick` has something to do next; nil when nothing waits for time.
  public var nextWake: Duration? {
    if isPaused { return nil }
    return items.values.lazy.compactMap { item in if case .waiting(let until, _) = item.progress { until } else { nil } }.min()
  }

  /// The next item of the journal. Items come in rising order; one at or below `lastOffered`, or without room, is ignored.
  /// - Parameter lane: items of the same lane keep their order; usually the conversation.
  public mutating func offer(sequence: UInt64, lane: String) -> Step {
    guard sequence > lastOffered, room > 0 else { return Step() }
    lastOffered = sequence
    open.append(sequence)
    items[sequence] = Item(lane: lane, progress: .queued)
    lanes[lane, default: []].append(sequence)
    return Step(start: begin(headOf: lane))
  }

  /// The journal holds an item that this sink is not given.
  public mutating func skip(sequence: UInt64) -> Step {
    guard sequence > lastOffered, room > 0 else { return Step() }
    lastOffered = sequence
    open.append(sequence)
    return Step(cursor: advance())
  }

  /// The sink answered. An answer to an attempt that is not the current one is not accepted.
  /// - Parameters:
  ///   - now: monotonic time, from any origin that stays the same.
  ///   - random: a uniform number, 0…1.
  public mutating func complete(_ start: Start, _ outcome: Outcome, now: Duration, random: Double) -> Step {
    guard let item = items[start.sequence], case .inFlight(let attempt) = item.progress, attempt == start.attempt else {
      return Step(isAccepted: false)
    }
    switch outcome {
    case .failed:
      let until = now + backoff.delay(attempt: attempt, random: random)
      items[start.sequence]?.progress = .waiting(until: until, attempt: attempt)
      return Step()
    case .delivered, .rejected:
      items[start.sequence] = nil
      lanes[item.lane]?.removeFirst()
      if lanes[item.lane]?.isEmpty == true { lanes[item.lane] = nil }
      return Step(start: begin(headOf: item.lane), cursor: advance())
    }
  }

  /// Time went on: begins the retries that are due, oldest first.
  public mutating func tick(now: Duration) -> Step {
    guard !isPaused else { return Step() }
    var step = Step()
    for sequence in items.keys.sorted() {
      guard case .waiting(let until, let attempt)? = items[sequence]?.progress, until <= now else { continue }
      items[sequence]?.progress = .inFlight(attempt: attempt + 1)
      step.start.append(Start(sequence: sequence, attempt: attempt + 1))
    }
    return step
  }

  /// Begins nothing more until `resume`; what is in flight may still be answered.
  public mutating func pause() { isPaused = true }

  /// Ends a pause: begins what became ready meanwhile, oldest first.
  public mutating func resume(now: Duration) -> Step {
    guard isPaused else { return Step() }
    isPaused = false
    var step = tick(now: now)
    for sequence in lanes.values.compactMap(\.first).sorted() {
      guard case .queued? = items[sequence]?.progress else { continue }
      items[sequence]?.progress = .inFlight(attempt: 1)
      step.start.append(Start(sequence: sequence, attempt: 1))
    }
    step.start.sort { $0.sequence < $1.sequence }
    return step
  }

  private mutating func begin(headOf lane: String) -> [Start] {
    guard !isPaused, let head = lanes[lane]?.first, case .queued? = items[head]?.progress else { return [] }
    items[head]?.progress = .inFlight(attempt: 1)
    return [Start(sequence: head, attempt: 1)]
  }

  private mutating func advance() -> UInt64? {
    let before = cursor
    while let oldest = open.first, items[oldest] == nil {
      cursor = oldest
      open.removeFirst()
    }
    return cursor == before ? nil : cursor
  }
}
