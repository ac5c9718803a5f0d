import Foundation

/// Runs a body that blocks (plain sockets, locks, child processes) on a thread of its own. Swift's concurrency pool has a thread for each
/// core and no more: a test that blocks one of them holds up the tests that don't, and two such tests can hold up everything.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}
