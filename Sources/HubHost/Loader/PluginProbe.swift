internal import Glibc
public import OrderedJSON

/// Reads a plugin's descriptors in a child process, so that a file that crashes or hangs while it is loaded takes only the
/// child with it.
public struct PluginProbe: Sendable {
  /// The child's command; the plugin's path is appended.
  public var command: [String]
  /// How long the child may take.
  public var deadline: Duration
  /// The most the child may print, in bytes.
  public var maximumOutput = 4 << 20

  /// A probe that runs `command PATH`, for example `[argv0, "plugin-describe"]`.
  public init(command: [String], deadline: Duration = .seconds(10)) {
    self.command = command
    self.deadline = deadline
  }

  /// What the child does: checks and loads the file and gives its descriptors as JSON.
  /// - Throws: ``PluginRefusal``; the child prints its reason and ends with a code other than 0.
  public static func describe(path: String) throws(PluginRefusal) -> JSONValue {
    let plugin = try PluginLoader().load(PluginFile.check(path))
    return ["sha256": .string(plugin.sha256), "adapters": .array(plugin.descriptions.map(\.json))]
  }

  /// Runs the child and parses its answer. Blocks for up to the deadline.
  public func describe(_ file: PluginFile) throws(PluginRefusal) -> [PluginDescription] {
    let result = ChildProcess.run(command + [file.resolvedPath], deadline: deadline, maximumOutput: maximumOutput)
    let refuse = { (reason: String) in PluginRefusal(.probe, file.path, reason) }
    switch result {
    case .notStarted(let code): throw refuse("the child that reads descriptors did not start: \(PluginFile.reason(code))")
    case .timedOut: throw refuse("loading it took longer than \(deadline) in a child process")
    case .tooMuchOutput: throw refuse("printed more than \(maximumOutput) bytes in a child process")
    case .signalled(let signal): throw refuse("crashed with signal \(signal) while it was loaded in a child process")
    case .exited(let code, let output, let errors):
      guard code == 0 else {
        let said = String(decoding: errors.isEmpty ? output : errors, as: UTF8.self).split(separator: "\n").last.map(String.init)
        throw refuse(said.map { "refused in a child process: \($0)" } ?? "the child that read it ended with code \(code)")
      }
      guard let json = try? JSONValue(parsing: output), let adapters = json["adapters"]?.array else {
        throw refuse("the child that read it answered with something else than a description")
      }
      guard json["sha256"]?.string == file.sha256 else { throw PluginRefusal(.changed, file.path, "changed while it was inspected") }
      return adapters.compactMap { PluginDescription(json: $0) }
    }
  }
}
