import HubServer
import Synchronization

/// How far a medium has come, and why it comes no further.
final class MediaProgress: Sendable {
  private let state = Mutex<(bytes: Int, refusal: MediaFile.FailureReason?)>((0, nil))

  var refusal: MediaFile.FailureReason? { state.withLock { $0.refusal } }

  func refuse(_ reason: MediaFile.FailureReason) { state.withLock { $0.refusal = reason } }

  /// The bytes so far, these included.
  func grow(by count: Int) -> Int {
    state.withLock { state in
      state.bytes += count
      return state.bytes
    }
  }
}
