/// What can be said of a connection in the mode `global` on which nothing comes. Nothing tells from outside whether the server sends global
/// events: its namespace `/` can be joined either way, and is silent where they are off. Pure; times are in milliseconds.
struct GlobalSilence: Sendable {
  /// What an operator is told.
  enum Hint: Sendable, Hashable {
    /// Nothing came yet; it may be that there was nothing.
    case quiet
    /// The server's database has what should have come.
    case deaf
  }

  /// How long nothing may come before it is said.
  static let patienceMs: Int64 = 120_000

  private var joinedMs: Int64?
  private var isHeard = false
  private var hint: Hint?

  /// The namespace is joined; true the first time.
  mutating func joined(nowMs: Int64) -> Bool {
    defer { joinedMs = joinedMs ?? nowMs }
    return joinedMs == nil
  }

  /// An event came; true when a hint is to be taken back.
  mutating func heard() -> Bool {
    isHeard = true
    defer { hint = nil }
    return hint != nil
  }

  /// What is to be said now, once.
  mutating func due(nowMs: Int64) -> Hint? {
    guard let joinedMs, nowMs - joinedMs >= Self.patienceMs else { return nil }
    return isHeard || hint != nil ? nil : tell(.quiet)
  }

  /// Something happened at the server and did not come; whether that is to be said.
  mutating func missed() -> Hint? { isHeard || hint == .deaf ? nil : tell(.deaf) }

  private mutating func tell(_ next: Hint) -> Hint {
    hint = next
    return next
  }
}
