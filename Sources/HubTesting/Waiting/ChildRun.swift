import Dispatch
import Foundation
import Synchronization

/// A child process that ran to its end.
public struct ChildRun: Sendable {
  /// The exit code, or the signal that ended it.
  public let status: Int32
  /// Whether a signal ended it.
  public let isKilled: Bool
  /// Its standard output.
  public let output: String
  /// Its standard error.
  public let errors: String

  /// Runs a program and waits for its end beside the concurrency pool. As many run at once as there are cores, so that a hundred tests
  /// that start a compiler leave the others some of the machine.
  ///
  /// - Parameter command: the program, looked up on the PATH when it has no slash, and its arguments.
  public static func of(_ command: [String]) async throws -> ChildRun {
    try await turnstile.pass { try await onOwnThread { try run(command) } }
  }

  private static let turnstile = Turnstile(ProcessInfo.processInfo.activeProcessorCount)

  private static func run(_ command: [String]) throws -> ChildRun {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let (output, errors) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, errors)
    try process.run()
    // Both at once: a child that fills one pipe while the other is read would wait for ever.
    let said = Mutex(Data())
    let reader = DispatchGroup()
    reader.enter()
    Thread.detachNewThread {
      said.withLock { $0 = errors.fileHandleForReading.readDataToEndOfFile() }
      reader.leave()
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    reader.wait()
    return ChildRun(
      status: process.terminationStatus, isKilled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: text, as: UTF8.self),
      errors: said.withLock { String(decoding: $0, as: UTF8.self) })
  }
}
