import Glibc

/// What `hub init` does and prints.
public struct HubInit: Sendable {
  /// hub.yaml, the secrets, and what became of each.
  public let outcomes: [SecretMaker.Outcome]
  /// The command to type next.
  public let next: String

  /// Writes a loopback-only hub.yaml into a folder, unless there is one, and the secrets it refers to.
  public static func run(folder: String, environment: [String: String]) throws(SecretMakerError) -> HubInit {
    _ = try NewFile.makeFolder(folder, mode: 0o755)
    let file = Paths.resolve("hub.yaml", in: folder)
    var outcomes: [SecretMaker.Outcome] = []
    if access(file, F_OK) == 0 {
      outcomes.append(.init(kind: .kept, path: file))
    } else {
      try NewFile.write(file, mode: 0o644, Array(Self.template.utf8))
      outcomes.append(.init(kind: .created, path: file))
    }
    outcomes += try SecretMaker.ensureSecrets(path: file, environment: environment)
    return HubInit(outcomes: outcomes, next: "hub serve -c \(Paths.shellQuoted(file))")
  }

  /// For people: one line per file, then the next command.
  public var text: String {
    SecretMaker.text(outcomes) + "next: \(next)\n"
  }
}
