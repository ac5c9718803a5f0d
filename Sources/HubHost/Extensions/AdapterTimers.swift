internal import Dispatch
internal import Synchronization

/// The timers of one instance (`hub.timer/1`). A token has one at most, and one answer is owed for it: from the first `after` until the
/// answer is handed over, the timer is cancelled, or the instance ends.
final class AdapterTimers: Sendable {
  static let maximum = 65_536
  /// The longest wait, so that no sum overflows: a year.
  static let longest: UInt64 = 365 * 86_400_000

  /// What became of a wait that was asked for.
  enum Begun {
    case started
    /// There are too many.
    case refused
    /// The instance is at its end.
    case closed
  }

  // A dispatch source may be used from any thread. One that is cancelled lets go of its handler at once.
  private struct Alarm: @unchecked Sendable {
    let source: any DispatchSourceTimer

    init(milliseconds: UInt64, ring: @escaping @Sendable () -> Void) {
      source = DispatchSource.makeTimerSource(queue: DispatchQueue.global())
      source.schedule(deadline: .now() + .milliseconds(Int(min(milliseconds, AdapterTimers.longest))))
      source.setEventHandler(handler: ring)
      source.resume()
    }
  }

  private struct Wait {
    /// Which use of the token it is: an answer of an earlier one that is still under way comes to nothing.
    let use: UInt64
    let alarm: Alarm
  }

  private struct State {
    var uses: UInt64 = 0
    /// By the plugin's token; one that fired stays until its answer is handed over.
    var waits: [UInt64: Wait] = [:]
  }

  private let owed: OwedAnswers
  private let state = Mutex(State())

  init(owed: OwedAnswers) { self.owed = owed }

  deinit { silence() }

  /// How many tokens wait.
  var count: Int { state.withLock { $0.waits.count } }

  /// Calls `fire` after the wait, with what `end` has to be given. A token that waits already starts over.
  func after(milliseconds: UInt64, token: UInt64, fire: @escaping @Sendable (_ use: UInt64) -> Void) -> Begun {
    state.withLock { state -> Begun in
      if state.waits[token] != nil {
        guard owed.owes(token) else { return .closed }
      } else {
        guard state.waits.count < Self.maximum else { return .refused }
        guard owed.begin(token) else { return .closed }
      }
      state.uses += 1
      let use = state.uses
      let wait = Wait(use: use, alarm: Alarm(milliseconds: milliseconds) { fire(use) })
      state.waits.updateValue(wait, forKey: token)?.alarm.source.cancel()
      return .started
    }
  }

  /// Whether the answer of this use is owed still; it is not any more.
  func end(_ token: UInt64, use: UInt64) -> Bool {
    state.withLock { state -> Bool in
      guard let wait = state.waits[token], wait.use == use else { return false }
      state.waits[token] = nil
      wait.alarm.source.cancel()
      return owed.end(token)
    }
  }

  /// Takes back the timer, and the answer too when it fired but was not handed over.
  func cancel(_ token: UInt64) {
    state.withLock { state in
      guard let wait = state.waits.removeValue(forKey: token) else { return }
      wait.alarm.source.cancel()
      owed.end(token)
    }
  }

  /// Lets nothing fire any more. The answers stay owed, and each can still be cancelled.
  func silence() {
    state.withLock { state in
      for wait in state.waits.values { wait.alarm.source.cancel() }
    }
  }
}
