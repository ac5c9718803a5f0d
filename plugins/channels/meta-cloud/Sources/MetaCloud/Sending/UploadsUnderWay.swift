import HubPluginSDK
import Synchronization

/// Files on their way to the provider. One may take longer than the hub waits for an outcome: it goes on by itself, and whoever needs it asks again.
final class UploadsUnderWay: Sendable {
  /// An attempt that waits for a file.
  fileprivate struct Waiter {
    let account: String
    let continuation: CheckedContinuation<HubOutcome, Never>
  }

  fileprivate enum Upload {
    case running(waiting: [UInt64: Waiter])
    /// It ended while nobody waited.
    case ended(HubOutcome)
  }

  fileprivate struct State {
    var uploads: [String: Upload] = [:]
    /// Attempts that wait, of each account.
    var waiting: [String: Int] = [:]
    var last: UInt64 = 0
  }

  /// How many that ended are kept for whoever asks again. Those beyond are made anew.
  private static let kept = 256
  /// How many attempts of an account wait for files at a time. The hub has 32 of them under way, and texts need no file.
  static let patient = 16

  private let state = Mutex(State())

  /// What became of an upload; `retry` when it takes longer than one waits, or too many wait already. It goes on all the same.
  ///
  /// - Parameters:
  ///   - wait: calls what it is given once the wait is over.
  ///   - upload: does it; called unless it is under way, or ended since it was asked for last.
  func outcome(
    of key: String, for account: String, within wait: (@escaping @Sendable () -> Void) -> Void,
    _ upload: @escaping @Sendable () async -> HubOutcome
  ) async -> HubOutcome {
    await withCheckedContinuation { continuation in
      let (found, number) = enter(key, Waiter(account: account, continuation: continuation))
      if case .ended(let outcome)? = found { return continuation.resume(returning: outcome) }
      if found == nil { Task { self.end(key, await upload()) } }
      if let number {
        wait { self.leave(key, number) }
      } else {
        // After as long as the hub thinks right, which is longer each time.
        continuation.resume(returning: .retry(code: "uploading", text: "the file is on its way, as are many others"))
      }
    }
  }

  /// Lets one more wait for an upload, unless too many do.
  ///
  /// - Returns: how the upload was found, nil when it is to be begun; and the waiter's number.
  private func enter(_ key: String, _ waiter: Waiter) -> (Upload?, UInt64?) {
    state.withLock { state in
      let found = state.uploads[key]
      var waiting: [UInt64: Waiter] = [:]
      switch found {
      case .ended?:
        state.uploads[key] = nil
        return (found, nil)
      case .running(let others)?: waiting = others
      case nil: break
      }
      var number: UInt64?
      if state.waiting[waiter.account, default: 0] < Self.patient {
        state.last += 1
        number = state.last
        waiting[state.last] = waiter
        state.waiting[waiter.account, default: 0] += 1
      }
      state.uploads[key] = .running(waiting: waiting)
      return (found, number)
    }
  }

  private func leave(_ key: String, _ number: UInt64) {
    let left = state.withLock { state -> Waiter? in
      guard case .running(var waiting)? = state.uploads[key], let left = waiting.removeValue(forKey: number) else { return nil }
      state.uploads[key] = .running(waiting: waiting)
      state.waitsNoMore(left)
      return left
    }
    left?.continuation.resume(returning: .retry(afterMilliseconds: 1000, code: "uploading", text: "the file is on its way"))
  }

  private func end(_ key: String, _ outcome: HubOutcome) {
    let waiting = state.withLock { state -> [Waiter] in
      guard case .running(let waiting)? = state.uploads.removeValue(forKey: key) else { return [] }
      if waiting.isEmpty { state.keep(outcome, of: key, atMost: Self.kept) }
      for waiter in waiting.values { state.waitsNoMore(waiter) }
      return Array(waiting.values)
    }
    for waiter in waiting { waiter.continuation.resume(returning: outcome) }
  }
}

extension UploadsUnderWay.State {
  fileprivate mutating func waitsNoMore(_ waiter: UploadsUnderWay.Waiter) {
    let left = waiting[waiter.account, default: 0] - 1
    waiting[waiter.account] = left > 0 ? left : nil
  }

  fileprivate mutating func keep(_ outcome: HubOutcome, of key: String, atMost limit: Int) {
    let ended = uploads.filter { if case .ended = $0.value { true } else { false } }
    if ended.count >= limit { for key in ended.keys { uploads[key] = nil } }
    uploads[key] = .ended(outcome)
  }
}
