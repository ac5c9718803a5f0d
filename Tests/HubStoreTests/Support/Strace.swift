import Foundation

/// The tracer of system calls, where there is one.
enum Strace {
  /// Why it cannot be used here; nil when it can.
  static let obstacle: String? = {
    guard path != nil else { return "strace is not installed" }
    let worked = (try? run(["-o", "/dev/null", "true"])) != nil
    return worked ? nil : "this system forbids ptrace"
  }()

  private static var path: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.map { "\($0)/strace" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  struct Failed: Error {
    let status: Int32
  }

  /// Runs to the end of what is traced; what that printed.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "strace")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus) }
    return String(decoding: text, as: UTF8.self)
  }
}
