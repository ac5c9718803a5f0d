import Glibc
import OrderedJSON

/// What `hub init` does and prints.
public struct HubInit: Sendable {
  /// hub.yaml, the secrets, and what became of each.
  public let outcomes: [SecretMaker.Outcome]
  /// The command to type next.
  public let next: String

  /// Writes a loopback-only hub.yaml into a folder, unless there is one, and the secrets it refers to.
  ///
  /// - Parameters:
  ///   - program: how the next command calls the hub.
  ///   - plugins: the folder with the plugins of this program; nil leaves the standard ones.
  public static func run(
    folder: String, environment: [String: String], program: String = "hub", plugins: String? = nil
  ) throws(SecretMakerError) -> HubInit {
    _ = try NewFile.makeFolder(folder, mode: 0o755)
    let file = Paths.resolve("hub.yaml", in: folder)
    var outcomes: [SecretMaker.Outcome] = []
    if access(file, F_OK) == 0 {
      outcomes.append(.init(kind: .kept, path: file))
    } else {
      try NewFile.write(file, mode: 0o644, Array(text(plugins: plugins).utf8))
      outcomes.append(.init(kind: .created, path: file))
    }
    outcomes += try SecretMaker.ensureSecrets(path: file, environment: environment)
    return HubInit(outcomes: outcomes, next: "\(Paths.shellQuoted(program)) serve -c \(Paths.shellQuoted(file))")
  }

  /// The template, which looks for plugins where a build of this repository puts them, with the folder where they really are instead.
  private static func text(plugins: String?) -> String {
    guard let plugins else { return template }
    let folders = plugins == standardFolder ? [plugins] : [plugins, standardFolder]
    let list = folders.map { JSONValue.string($0).description }.joined(separator: ", ")
    return template.replacing("[.build/release, \(standardFolder)]", with: "[\(list)]")
  }

  private static let standardFolder = "/usr/lib/hub/plugins"

  /// For people: one line per file, then the next command.
  public var text: String {
    SecretMaker.text(outcomes) + "next: \(next)\n"
  }
}
