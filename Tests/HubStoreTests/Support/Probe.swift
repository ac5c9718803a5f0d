import Foundation

/// The helper process beside the test executable.
enum Probe {
  static var path: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("journal-probe").path
  }

  static func start(_ arguments: [String]) throws -> (Process, Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    return (process, output)
  }

  /// Runs to its end; true when it was killed by a signal.
  static func runsToKill(_ arguments: [String]) throws -> Bool {
    let (process, _) = try start(arguments)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }
}
