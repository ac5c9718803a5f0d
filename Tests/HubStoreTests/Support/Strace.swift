import HubTesting

/// The tracer of system calls.
enum Strace {
  struct Failed: Error {
    let status: Int32
  }

  /// Whether it is installed and this system lets it trace.
  static func works() async -> Bool { (try? await run(["-o", "/dev/null", "true"])) != nil }

  /// Runs to the end of what is traced; what that printed.
  static func run(_ arguments: [String]) async throws -> String {
    let run = try await ChildRun.of(["strace"] + arguments)
    guard run.status == 0 else { throw Failed(status: run.status) }
    return run.output
  }
}
