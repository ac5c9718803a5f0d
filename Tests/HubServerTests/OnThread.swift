import Foundation

/// Runs a blocking body on a thread of its own, so that tests that wait in system calls don't starve the ones that don't.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}
