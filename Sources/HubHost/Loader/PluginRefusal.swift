/// Why a plugin file, or what is in it, is not used: always the file and one reason an operator can act on.
public struct PluginRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, for programs.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String {
      case notFound, badName, unreadable, owner, mode, outside, changed, notShared, otherMachine, truncated, noNote, badNote, otherABI,
        otherToolchain, noEntry, linker, badTable, otherName, otherKind, digest, needs, quarantined, probe, badManifest
    }

    private let value: Value

    /// The code's stable name.
    public var description: String { value.rawValue }

    /// No such file in any folder of the path.
    public static let notFound = Code(value: .notFound)
    /// The plugin's name cannot be a file name.
    public static let badName = Code(value: .badName)
    /// The file cannot be opened or read.
    public static let unreadable = Code(value: .unreadable)
    /// The file or a folder above it belongs to another user.
    public static let owner = Code(value: .owner)
    /// The file or a folder above it may be written by group or others.
    public static let mode = Code(value: .mode)
    /// A symbolic link leaves the folders of the path.
    public static let outside = Code(value: .outside)
    /// What the dynamic linker loaded is not what was checked.
    public static let changed = Code(value: .changed)
    /// Not an ELF shared object.
    public static let notShared = Code(value: .notShared)
    /// Built for another processor.
    public static let otherMachine = Code(value: .otherMachine)
    /// The file ends before its own tables say.
    public static let truncated = Code(value: .truncated)
    /// An ordinary library.
    public static let noNote = Code(value: .noNote)
    /// A note that cannot be understood.
    public static let badNote = Code(value: .badNote)
    /// Another major of the ABI.
    public static let otherABI = Code(value: .otherABI)
    /// Swift code of another compiler.
    public static let otherToolchain = Code(value: .otherToolchain)
    /// The entry symbol is missing.
    public static let noEntry = Code(value: .noEntry)
    /// The dynamic linker refused; the reason is its own line.
    public static let linker = Code(value: .linker)
    /// The entry gave a table that contradicts the ABI.
    public static let badTable = Code(value: .badTable)
    /// No descriptor has the plugin's name.
    public static let otherName = Code(value: .otherName)
    /// A channel where a sink was asked for, or the reverse.
    public static let otherKind = Code(value: .otherKind)
    /// The content is not what the config's `sha256` says.
    public static let digest = Code(value: .digest)
    /// It needs an extension it is not given.
    public static let needs = Code(value: .needs)
    /// It took the process down at earlier starts.
    public static let quarantined = Code(value: .quarantined)
    /// The child process that was to read it failed.
    public static let probe = Code(value: .probe)
    /// The manifest of bundled plugins cannot be understood.
    public static let badManifest = Code(value: .badManifest)
  }

  /// What is wrong.
  public let code: Code
  /// The file as found, or the name that was looked for.
  public let file: String
  /// The reason in plain words.
  public let reason: String

  /// One line: file and reason.
  public var description: String { "\(file): \(reason)" }

  init(_ code: Code, _ file: String, _ reason: String) {
    self.code = code
    self.file = file
    self.reason = reason
  }
}
