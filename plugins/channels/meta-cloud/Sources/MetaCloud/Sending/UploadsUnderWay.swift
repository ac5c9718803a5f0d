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
    /// Files on their way, of each account.
    var running: [String: Int] = [:]
    /// Attempts that wait, of each account.
    var waiting: [String: Int] = [:]
    var last: UInt64 = 0
  }

  /// What an attempt finds.
  private enum Entry {
    case ended(HubOutcome)
    case waits(number: UInt64, begins: Bool)
    case tooMany
  }

  /// How many that ended are kept for whoever asks again. Those beyond are made anew.
  private static let kept = 256
  /// How many files of an account are on their way at a time, and how many attempts wait for them. The hub has 32 attempts under way, and texts
  /// need no file, but a connection as well.
  static let most = 16

  private let state = Mutex(State())

  /// What became of an upload; `retry` when it takes longer than one waits, and goes on all the same, or when too many are under way already.
  ///
  /// - Parameters:
  ///   - wait: calls what it is given once the wait is over.
  ///   - upload: does it; called unless it is under way, or ended since it was asked for last.
  func outcome(
    of key: String, for account: String, within wait: (@escaping @Sendable () -> Void) -> Void,
    _ upload: @escaping @Sendable () async -> HubOutcome
  ) async -> HubOutcome {
    await withCheckedContinuation { continuation in
      switch enter(key, Waiter(account: account, continuation: continuation)) {
      case .ended(let outcome): continuation.resume(returning: outcome)
      case .waits(let number, let begins):
        if begins { Task { self.end(key, of: account, await upload()) } }
        wait { self.leave(key, number) }
      case .tooMany:
        // After as long as the hub thinks right, which is longer each time.
        continuation.resume(returning: .retry(code: "uploading", text: "many files are on their way already"))
      }
    }
  }

  /// Lets one more wait for an upload, which is to be begun where there is none, unless too many are under way or waited for.
  private func enter(_ key: String, _ waiter: Waiter) -> Entry {
    state.withLock { state in
      var waiting: [UInt64: Waiter] = [:]
      var begins = false
      switch state.uploads[key] {
      case .ended(let outcome)?:
        state.uploads[key] = nil
        return .ended(outcome)
      case .running(let others)?: waiting = others
      case nil:
        guard state.running[waiter.account, default: 0] < Self.most else { return .tooMany }
        begins = true
      }
      guard state.waiting[waiter.account, default: 0] < Self.most else { return .tooMany }
      if begins { state.running[waiter.account, default: 0] += 1 }
      state.waiting[waiter.account, default: 0] += 1
      state.last += 1
      waiting[state.last] = waiter
      state.uploads[key] = .running(waiting: waiting)
      return .waits(number: state.last, begins: begins)
    }
  }

  private func leave(_ key: String, _ number: UInt64) {
    let left = state.withLock { state -> Waiter? in
      guard case .running(var waiting)? = state.uploads[key], let left = waiting.removeValue(forKey: number) else { return nil }
      state.uploads[key] = .running(waiting: waiting)
      State.takeOne(&state.waiting, left.account)
      return left
    }
    left?.continuation.resume(returning: .retry(afterMilliseconds: 1000, code: "uploading", text: "the file is on its way"))
  }

  private func end(_ key: String, of account: String, _ outcome: HubOutcome) {
    let waiting = state.withLock { state -> [Waiter] in
      State.takeOne(&state.running, account)
      guard case .running(let waiting)? = state.uploads.removeValue(forKey: key) else { return [] }
      if waiting.isEmpty { state.keep(outcome, of: key, atMost: Self.kept) }
      for waiter in waiting.values { State.takeOne(&state.waiting, waiter.account) }
      return Array(waiting.values)
    }
    for waiter in waiting { waiter.continuation.resume(returning: outcome) }
  }
}

extension UploadsUnderWay.State {
  fileprivate static func takeOne(_ counts: inout [String: Int], _ account: String) {
    let left = counts[account, default: 0] - 1
    counts[account] = left > 0 ? left : nil
  }

  fileprivate mutating func keep(_ outcome: HubOutcome, of key: String, atMost limit: Int) {
    let ended = uploads.filter { if case .ended = $0.value { true } else { false } }
    if ended.count >= limit { for key in ended.keys { uploads[key] = nil } }
    uploads[key] = .ended(outcome)
  }
}
