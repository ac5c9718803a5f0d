internal import Dispatch
internal import Synchronization

/// The timers of one instance (`hub.timer/1`).
final class AdapterTimers: Sendable {
  static let maximum = 65_536
  /// The longest wait, so that no sum overflows: a year.
  static let longest: UInt64 = 365 * 86_400_000

  /// What became of a wait that was asked for.
  enum Begun {
    case started
    /// The token waited already, and waits anew.
    case restarted
    /// There are too many.
    case refused
  }

  private struct State {
    var next: UInt64 = 0
    /// The plugin's token and which of its uses is current.
    var waiting: [UInt64: UInt64] = [:]
    /// Waits that the dispatch queue still holds, cancelled ones included.
    var held = 0
  }

  private let state = Mutex(State())

  /// Calls `fire` once after the wait, unless cancelled. A token that waits already starts over.
  func after(milliseconds: UInt64, token: UInt64, fire: @escaping @Sendable () -> Void) -> Begun {
    let use = state.withLock { state -> (number: UInt64, isNew: Bool)? in
      guard state.held < Self.maximum else { return nil }
      state.next += 1
      state.held += 1
      let isNew = state.waiting.updateValue(state.next, forKey: token) == nil
      return (state.next, isNew)
    }
    guard let use else { return .refused }
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(min(milliseconds, Self.longest)))) { [self] in
      let isDue = state.withLock { state in
        state.held -= 1
        guard state.waiting[token] == use.number else { return false }
        state.waiting[token] = nil
        return true
      }
      if isDue { fire() }
    }
    return use.isNew ? .started : .restarted
  }

  /// Whether it waited.
  func cancel(_ token: UInt64) -> Bool { state.withLock { $0.waiting.removeValue(forKey: token) != nil } }

  func cancelAll() { state.withLock { $0.waiting = [:] } }
}
