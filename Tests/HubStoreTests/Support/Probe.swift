import Foundation
import HubTesting

/// The helper process beside the test executable.
enum Probe {
  static var path: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("journal-probe").path
  }

  /// Runs to its end; true when it was killed by a signal.
  static func runsToKill(_ arguments: [String]) async throws -> Bool { try await ChildRun.of([path] + arguments).isKilled }

  /// Starts it, kills it once it has printed that many bytes, and gives the lines it had printed.
  static func killed(after enough: Int, _ arguments: [String]) async throws -> [String] {
    try await onOwnThread {
      let (process, output) = (Process(), Pipe())
      (process.executableURL, process.arguments, process.standardOutput) = (URL(fileURLWithPath: path), arguments, output)
      try process.run()
      var text = Data()
      while text.count < enough, case let more = output.fileHandleForReading.availableData, !more.isEmpty { text += more }
      kill(process.processIdentifier, SIGKILL)
      text += output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }
}
