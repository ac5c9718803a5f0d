import Glibc

/// Makes the secrets that a fresh configuration refers to. Only `hub init` and `scripts/run` come here; serving never does.
public struct SecretMaker: Sendable {
  /// What became of one file.
  public struct Outcome: Sendable, Hashable {
    /// What became of it.
    public enum Kind: String, Sendable, Hashable {
      /// It was made.
      case created
      /// It was there.
      case kept
      /// It is not there, and making it up would hide a loss.
      case missing
    }

    /// What became of it.
    public let kind: Kind
    /// Its path as seen from the process.
    public let path: String
    /// Why, for people.
    public var note: String?
  }

  /// The command that makes a secret by hand.
  static func recipe(for path: String) -> String { "(umask 077; openssl rand -hex 32 >\(Paths.shellQuoted(path)))" }

  private static func lossNote(_ path: String) -> String {
    "not made, because there is a journal: restore it if it was lost; if it is new: \(recipe(for: path))"
  }

  /// Makes every secret that the enabled parts of a hub.yaml keep in files below its data folder and that does not exist:
  /// 256 random bits, mode 0600. Those of providers are marked as trial secrets. A secret that is missing although there is a
  /// journal may have been lost, and is not made up. Errors of the configuration itself are left to `hub check`.
  public static func ensureSecrets(path: String, environment: [String: String]) throws(SecretMakerError) -> [Outcome] {
    let context = ReadContext(report: Report())
    guard let configuration = ConfigLoader.parse(path: path, environment: environment, context: context) else {
      throw SecretMakerError(
        message: access(path, F_OK) == 0 || errno != ENOENT
          ? "\(printable(path)) cannot be read; hub check tells why"
          : "there is no \(printable(path)) to make the secrets of; hub init without --secrets writes one and makes them")
    }
    let data = configuration.dataFolder
    var outcomes = [try makeFolder(data)]
    let isFresh = access(configuration.journalFile, F_OK) != 0
    let resolver = SecretResolver(folder: configuration.folder, environment: environment)
    var seen: Set<String> = []
    for use in SecretUse.own(in: configuration, context) + SecretUse.adapters(in: configuration) {
      guard let file = resolver.file(of: use.reference), file.hasPrefix(data + "/"), !file.contains("/../"), seen.insert(file).inserted
      else { continue }
      if access(file, F_OK) == 0 {
        outcomes.append(Outcome(kind: .kept, path: file))
      } else if !isFresh {
        outcomes.append(Outcome(kind: .missing, path: file, note: lossNote(file)))
      } else {
        let folder = Paths.folder(of: file)
        if folder != data, access(folder, F_OK) != 0 { outcomes.append(try makeFolder(folder)) }
        try NewFile.write(file, mode: 0o600, secret(isProviders: use.isProviders))
        let note = use.isProviders ? "trial secret of \(use.name): put the provider's in its place" : nil
        outcomes.append(Outcome(kind: .created, path: file, note: note))
      }
    }
    return outcomes
  }

  /// For people: one line per file.
  public static func text(_ outcomes: [Outcome]) -> String {
    outcomes.map { outcome in
      let kind = outcome.kind.rawValue
      let note = outcome.note.map { "  (\($0))" } ?? ""
      return kind + String(repeating: " ", count: max(1, 8 - kind.count)) + outcome.path + note + "\n"
    }.joined()
  }

  private static func makeFolder(_ path: String) throws(SecretMakerError) -> Outcome {
    Outcome(kind: try NewFile.makeFolder(path, mode: 0o700) ? .created : .kept, path: path)
  }

  private static func secret(isProviders: Bool) -> [UInt8] {
    (isProviders ? Array(SecretValue.trialPrefix.utf8) : []) + random() + [0x0A]
  }

  /// The digits of `random`.
  static let randomLength = 64

  /// 256 random bits in hexadecimal.
  static func random() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<4).map { _ in
      let word = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - word.count) + word
    }
    return Array(digits.joined().utf8)
  }
}

/// Why a file could not be made.
public struct SecretMakerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence.
  public let message: String

  /// - Parameter message: one sentence.
  public init(message: String) { self.message = message }

  /// The sentence.
  public var description: String { message }
}

extension SecretUse {
  /// The references in the settings of enabled adapters, found without knowing the plugins.
  static func adapters(in configuration: HubConfiguration) -> [SecretUse] {
    var uses: [SecretUse] = []
    for (list, map) in [("channels", configuration.channels), ("sinks", configuration.sinks)] {
      for adapter in map where adapter.value.enabled {
        if let node = adapter.value.settings.node { find(in: node, [list, adapter.name, "config"], into: &uses) }
        for account in adapter.value.accounts {
          for entry in account.value.entries {
            find(in: entry.value, [list, adapter.name, "accounts", account.name, entry.key], into: &uses)
          }
        }
      }
    }
    return uses
  }

  private static func find(in node: ConfigNode, _ path: [String], into uses: inout [SecretUse]) {
    switch node.content {
    case .scalar(let scalar):
      guard let reference = SecretReference(scalar.text) else { return }
      uses.append(SecretUse(path: path, reference: reference, place: node.place, isProviders: true))
    case .mapping(let entries): for entry in entries { find(in: entry.value, path + [entry.key], into: &uses) }
    case .sequence(let items): for (index, item) in items.enumerated() { find(in: item, path + [String(index)], into: &uses) }
    case .invalid: return
    }
  }
}
