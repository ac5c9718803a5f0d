import HubModel

/// Statuses that came before their message, or whose message never comes.
struct HeldStatuses: Sendable {
  /// How long one waits, in milliseconds.
  static let milliseconds: UInt64 = 60_000
  /// Above so many the oldest waits no longer.
  static let limit = 10_000

  struct Held: Sendable, Hashable {
    let message: String
    let status: MessageStatus
    let timeMs: Int64
    fileprivate let due: UInt64
    fileprivate let number: UInt64
  }

  private var waiting: [String: [Held]] = [:]
  /// In the order of their ends; those whose message came are left in until it is their turn.
  private var order: [Held] = []
  private var head = 0
  private var next: UInt64 = 0
  private(set) var count = 0

  /// When the next one ends; one whose message came meanwhile may be meant.
  var deadline: UInt64? { count == 0 ? nil : order[head].due }

  /// Lets a status wait.
  ///
  /// - Returns: the one that has to go for it.
  mutating func hold(_ status: MessageStatus, of message: String, at moment: Moment) -> Held? {
    next += 1
    let held = Held(
      message: message, status: status, timeMs: moment.wallMs, due: moment.clock + Self.milliseconds, number: next)
    waiting[message, default: []].append(held)
    order.append(held)
    count += 1
    return count > Self.limit ? pop(upTo: .max) : nil
  }

  /// What waited for a message, in the order it came.
  mutating func take(_ message: String) -> [Held] {
    let found = waiting.removeValue(forKey: message) ?? []
    count -= found.count
    return found
  }

  /// What has waited long enough.
  mutating func expire(clock: UInt64) -> [Held] {
    var expired: [Held] = []
    while let held = pop(upTo: clock) { expired.append(held) }
    return expired
  }

  /// The oldest one that still waits and is due.
  private mutating func pop(upTo clock: UInt64) -> Held? {
    defer { compact() }
    while head < order.count, order[head].due <= clock || clock == .max {
      let held = order[head]
      head += 1
      guard let place = waiting[held.message]?.firstIndex(where: { $0.number == held.number }) else { continue }
      waiting[held.message]?.remove(at: place)
      if waiting[held.message]?.isEmpty == true { waiting[held.message] = nil }
      count -= 1
      return held
    }
    return nil
  }

  private mutating func compact() {
    guard head > 1024, head * 2 > order.count else { return }
    order.removeFirst(head)
    head = 0
  }
}
