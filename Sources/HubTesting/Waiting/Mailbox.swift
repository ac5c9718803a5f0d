import Synchronization

/// Waits for what another thread tells, without sleeping. Values are taken in the order they were put.
public final class Mailbox<Value: Sendable>: Sendable {
  private struct State {
    var values: [Value] = []
    var waiting: [CheckedContinuation<Value, Never>] = []
  }

  private let state = Mutex(State())

  /// An empty one.
  public init() {}

  /// How many values nobody has taken yet.
  public var count: Int { state.withLock { $0.values.count } }

  /// Tells a value, from any thread.
  public func put(_ value: Value) {
    let waiter = state.withLock { state -> CheckedContinuation<Value, Never>? in
      if state.waiting.isEmpty == false { return state.waiting.removeFirst() }
      state.values.append(value)
      return nil
    }
    waiter?.resume(returning: value)
  }

  /// The next value, now or once it is told.
  public func next() async -> Value {
    await withCheckedContinuation { continuation in
      let value = state.withLock { state -> Value? in
        if state.values.isEmpty == false { return state.values.removeFirst() }
        state.waiting.append(continuation)
        return nil
      }
      if let value { continuation.resume(returning: value) }
    }
  }
}
