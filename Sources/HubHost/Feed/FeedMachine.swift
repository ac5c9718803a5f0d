internal import HubRouter
internal import HubStore

/// Decides what one sink is offered next out of what the journal committed and what has to be read back. Pure.
///
/// At the head the committed batches themselves are offered. A sink that falls further behind than `buffer` events lets them go
/// and reads the journal from its place on, until it has caught up.
struct FeedMachine {
  /// What to do next.
  struct Step {
    /// Deliver these, in this order.
    var deliver: [(start: SinkLane.Start, event: StoredEvent)] = []
    /// Save this cursor.
    var cursor: UInt64?
    /// Read so many events after this place, then call `read`.
    var readAfter: (sequence: UInt64, limit: Int)?
  }

  /// The kinds the sink is given; nil: every one. Of the others only the cursor moves on.
  var kinds: Set<String>?
  private var lane: SinkLane
  /// Offered and not settled: needed again for a retry.
  private var held: [UInt64: StoredEvent] = [:]
  /// Committed and not offered: a run that continues right after `bufferBase`.
  private var buffer: ArraySlice<StoredEvent> = []
  private var bufferBase: UInt64
  private var isReading = false
  private let capacity: Int
  private(set) var head: UInt64

  /// - Parameter head: the newest event of the journal at this moment; later ones come through `committed`.
  init(cursor: UInt64, head: UInt64, window: Int = 256, buffer: Int = 4096, backoff: Backoff = .delivery) {
    lane = SinkLane(cursor: cursor, window: window, backoff: backoff)
    bufferBase = head
    self.head = head
    capacity = buffer
  }

  var cursor: UInt64 { lane.cursor }
  var nextWake: Duration? { lane.nextWake }
  var inFlight: Int { lane.inFlight }
  var isPaused: Bool { lane.isPaused }
  /// Events kept for a delivery or a retry.
  var heldCount: Int { held.count }

  /// The journal committed a batch. One that leaves a gap is not kept: what is missing and the batch are read back together.
  mutating func committed(_ events: [StoredEvent]) -> Step {
    guard let first = events.first, let last = events.last, last.sequence > head else { return Step() }
    let continues = first.sequence <= head + 1
    buffer.append(contentsOf: events.drop { $0.sequence <= head })
    head = last.sequence
    if !continues || buffer.count > capacity { forgetBuffer() }
    return next()
  }

  /// The journal committed a batch of which nothing is wanted. The new cursor when the sink is at the head and has nothing under way, so that
  /// there is nothing more to do; else nil, and the batch goes the usual way.
  mutating func pass(_ events: [StoredEvent]) -> UInt64? {
    guard let first = events.first, let last = events.last, first.sequence == head + 1, lane.cursor == head, lane.lastOffered == head,
      !isReading, !lane.isPaused
    else { return nil }
    head = last.sequence
    forgetBuffer()
    return lane.skip(sequence: head).cursor
  }

  /// The journal's head, when it may have moved without `committed` being told.
  mutating func moved(to newest: UInt64) -> Step {
    guard newest > head else { return Step() }
    head = newest
    forgetBuffer()
    return next()
  }

  /// What was read after the place the last step named; empty when there is nothing there.
  mutating func read(_ events: [StoredEvent]) -> Step {
    isReading = false
    var step = Step()
    for event in events { offer(event, to: &step) }
    // Nothing between here and the buffer: the journal has no such rows any more.
    if events.isEmpty, lane.lastOffered < bufferBase, lane.room > 0 { settle(lane.skip(sequence: bufferBase), in: &step) }
    return next(step)
  }

  /// The sequence cannot be delivered, because the journal lost it or keeps it no longer: the sink goes on after it.
  mutating func lost(through sequence: UInt64) -> Step {
    isReading = false
    var step = Step()
    settle(lane.skip(sequence: sequence), in: &step)
    return next(step)
  }

  /// Reading failed for now; `tick` tries again.
  mutating func readFailed() { isReading = false }

  mutating func complete(_ start: SinkLane.Start, _ outcome: SinkLane.Outcome, now: Duration, random: Double) -> Step {
    var step = Step()
    let settled = lane.complete(start, outcome, now: now, random: random)
    if outcome != .failed, settled.isAccepted { held[start.sequence] = nil }
    settle(settled, in: &step)
    return next(step)
  }

  mutating func tick(now: Duration) -> Step {
    var step = Step()
    settle(lane.tick(now: now), in: &step)
    return next(step)
  }

  mutating func pause() { lane.pause() }

  mutating func resume(now: Duration) -> Step {
    var step = Step()
    settle(lane.resume(now: now), in: &step)
    return next(step)
  }

  private mutating func forgetBuffer() {
    buffer = []
    bufferBase = head
  }

  private mutating func next(_ step: Step = Step()) -> Step {
    var step = step
    guard !isReading, !lane.isPaused else { return step }
    if kinds?.isEmpty == true {
      // Nothing has to be looked at, be it here or in the journal.
      if lane.lastOffered < head, lane.room > 0 { settle(lane.skip(sequence: head), in: &step) }
      forgetBuffer()
      return step
    }
    if lane.lastOffered >= bufferBase {
      var room = lane.room
      while room > 0, let event = buffer.popFirst() {
        bufferBase = event.sequence
        offer(event, to: &step)
        room = lane.room
      }
    } else if lane.room > 0 {
      isReading = true
      step.readAfter = (lane.lastOffered, lane.room)
    }
    return step
  }

  private mutating func offer(_ event: StoredEvent, to step: inout Step) {
    guard event.sequence > lane.lastOffered else { return }
    guard kinds?.contains(event.kind) != false else { return settle(lane.skip(sequence: event.sequence), in: &step) }
    held[event.sequence] = event
    settle(lane.offer(sequence: event.sequence, lane: Self.lane(of: event)), in: &step)
  }

  private func settle(_ settled: SinkLane.Step, in step: inout Step) {
    for start in settled.start { if let event = held[start.sequence] { step.deliver.append((start, event)) } }
    if let cursor = settled.cursor { step.cursor = cursor }
  }

  /// What keeps its order: a conversation, else the account, whose states must not overtake each other.
  private static func lane(of event: StoredEvent) -> String {
    event.conversation.isEmpty ? "\(event.tenant)/\(event.channel)/\(event.account)" : event.conversation
  }
}
