import Foundation
import Synchronization

/// The time that a fake lives in: the system's, from which it can be moved away, or one that only moves when it is told to.
package final class FakeClock: Sendable {
  private let isManual: Bool
  private let time: Mutex<Moment>

  /// The system's time.
  package init() {
    isManual = false
    time = Mutex(0)
  }

  /// A time that stands still at a moment.
  package init(standingAt moment: Moment) {
    isManual = true
    time = Mutex(moment)
  }

  /// The time it shows.
  package var now: Moment {
    let offset = time.withLock { $0 }
    return isManual ? offset : offset + Moment(Date().timeIntervalSince1970 * 1000)
  }

  /// How long it is until a moment, in milliseconds; nil when the clock doesn't get there by itself.
  func wait(until moment: Moment) -> Int64? {
    let wait = max(0, moment - now)
    return isManual && wait > 0 ? nil : wait
  }

  /// Moves it.
  package func advance(by milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}
