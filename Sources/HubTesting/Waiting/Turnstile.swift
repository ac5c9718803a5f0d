import Foundation
import Synchronization

/// Lets a number of bodies run at once; the others wait for their turn, in the order they came.
public final class Turnstile: Sendable {
  /// For tests that watch real time pass, deadlines above all: so few at once that each has its share of the machine, however many tests a
  /// run starts side by side.
  public static let realTime = Turnstile(2 * ProcessInfo.processInfo.activeProcessorCount)

  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  /// With that many places.
  public init(_ places: Int) { state = Mutex(State(free: places)) }

  /// Runs the body once there is a place.
  public func pass<Value>(_ body: () async throws -> Value) async rethrows -> Value {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.free == 0 {
          state.waiting.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty == false { return state.waiting.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}
