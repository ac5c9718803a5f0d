internal import Dispatch
internal import Synchronization

/// The timers of one instance (`hub.timer/1`).
final class AdapterTimers: Sendable {
  static let maximum = 65_536
  /// The longest wait, so that no sum overflows: a year.
  static let longest: UInt64 = 365 * 86_400_000

  private struct State {
    var next: UInt64 = 0
    /// The plugin's token and which of its uses is current.
    var waiting: [UInt64: UInt64] = [:]
    /// Waits that the dispatch queue still holds, cancelled ones included.
    var held = 0
  }

  private let state = Mutex(State())

  /// Calls `fire` once after the wait, unless cancelled. A token that waits already starts over.
  /// - Returns: false when there are too many.
  func after(milliseconds: UInt64, token: UInt64, fire: @escaping @Sendable () -> Void) -> Bool {
    let use = state.withLock { state -> UInt64? in
      guard state.held < Self.maximum else { return nil }
      state.next += 1
      state.held += 1
      state.waiting[token] = state.next
      return state.next
    }
    guard let use else { return false }
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(min(milliseconds, Self.longest)))) { [self] in
      let isDue = state.withLock { state in
        state.held -= 1
        guard state.waiting[token] == use else { return false }
        state.waiting[token] = nil
        return true
      }
      if isDue { fire() }
    }
    return true
  }

  func cancel(_ token: UInt64) { state.withLock { $0.waiting[token] = nil } }

  func cancelAll() { state.withLock { $0.waiting = [:] } }
}
