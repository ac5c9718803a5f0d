import HubServer
import Synchronization

/// How far a medium has come, and why it comes no further.
final class MediaProgress: Sendable {
  private struct State {
    var bytes = 0
    var refusal: MediaFile.FailureReason?
    var isOver = false
  }

  private let state = Mutex(State())

  var refusal: MediaFile.FailureReason? { state.withLock { $0.refusal } }

  /// Whether the address is one whose time is over.
  var isOver: Bool {
    get { state.withLock { $0.isOver } }
    set { state.withLock { $0.isOver = newValue } }
  }

  func refuse(_ reason: MediaFile.FailureReason) { state.withLock { $0.refusal = reason } }

  /// The bytes so far, these included.
  func grow(by count: Int) -> Int {
    state.withLock { state in
      state.bytes += count
      return state.bytes
    }
  }
}
