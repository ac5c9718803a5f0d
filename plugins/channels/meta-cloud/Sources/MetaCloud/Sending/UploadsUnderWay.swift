import HubPluginSDK
import Synchronization

/// Files on their way to the provider. One may take longer than the hub waits for an outcome: it goes on by itself, and whoever needs it asks again.
final class UploadsUnderWay: Sendable {
  fileprivate enum Upload {
    case running(waiting: [UInt64: CheckedContinuation<HubOutcome?, Never>])
    /// It ended while nobody waited.
    case ended(HubOutcome)
  }

  fileprivate struct State {
    var uploads: [String: Upload] = [:]
    var last: UInt64 = 0
  }

  /// How many that ended are kept for whoever asks again. Those beyond are made anew.
  private static let kept = 256

  private let state = Mutex(State())

  /// What became of an upload; nil when it takes longer than one waits.
  ///
  /// - Parameters:
  ///   - wait: calls what it is given once the wait is over.
  ///   - upload: does it; called unless it is under way, or ended since it was asked for last.
  func outcome(
    of key: String, within wait: (@escaping @Sendable () -> Void) -> Void, _ upload: @escaping @Sendable () async -> HubOutcome
  ) async -> HubOutcome? {
    await withCheckedContinuation { continuation in
      let number = state.withLock { state in
        state.last += 1
        return state.last
      }
      switch enter(key, number, continuation) {
      case .ended(let outcome)?: return continuation.resume(returning: outcome)
      case nil: Task { self.end(key, await upload()) }
      case .running?: break
      }
      wait { self.leave(key, number) }
    }
  }

  /// Lets one more wait for an upload; how it was found, nil when it is to be begun.
  private func enter(_ key: String, _ number: UInt64, _ continuation: CheckedContinuation<HubOutcome?, Never>) -> Upload? {
    state.withLock { state in
      let found = state.uploads[key]
      switch found {
      case .ended?: state.uploads[key] = nil
      case .running(var waiting)?:
        waiting[number] = continuation
        state.uploads[key] = .running(waiting: waiting)
      case nil: state.uploads[key] = .running(waiting: [number: continuation])
      }
      return found
    }
  }

  private func leave(_ key: String, _ number: UInt64) {
    let left = state.withLock { state -> CheckedContinuation<HubOutcome?, Never>? in
      guard case .running(var waiting)? = state.uploads[key], let left = waiting.removeValue(forKey: number) else { return nil }
      state.uploads[key] = .running(waiting: waiting)
      return left
    }
    left?.resume(returning: nil)
  }

  private func end(_ key: String, _ outcome: HubOutcome) {
    let waiting = state.withLock { state -> [CheckedContinuation<HubOutcome?, Never>] in
      guard case .running(let waiting)? = state.uploads.removeValue(forKey: key) else { return [] }
      if waiting.isEmpty { state.keep(outcome, of: key, atMost: Self.kept) }
      return Array(waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: outcome) }
  }
}

extension UploadsUnderWay.State {
  fileprivate mutating func keep(_ outcome: HubOutcome, of key: String, atMost limit: Int) {
    let ended = uploads.filter { if case .ended = $0.value { true } else { false } }
    if ended.count >= limit { for key in ended.keys { uploads[key] = nil } }
    uploads[key] = .ended(outcome)
  }
}
