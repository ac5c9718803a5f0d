/// Where a secret is kept. This is all that configuration holds of it: the value is read where it is used.
public struct SecretReference: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of places.
  public enum Source: Sendable, Hashable {
    /// `secret://file/PATH`: a file, relative to the folder of hub.yaml; `secret://file//PATH` is absolute.
    case file(String)
    /// `secret://env/NAME`: an environment variable.
    case environment(String)
    /// `secret://credential/NAME`: a systemd credential.
    case credential(String)
  }

  /// Where it is.
  public let source: Source
  /// Written with a trailing `?`: the hub starts without it.
  public let isOptional: Bool

  static let prefix = "secret://"

  /// A reference.
  public init(_ source: Source, isOptional: Bool = false) {
    self.source = source
    self.isOptional = isOptional
  }

  /// The reference that a text states; nil when it states none.
  public init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    var rest = text.dropFirst(Self.prefix.count)
    isOptional = rest.hasSuffix("?")
    if isOptional { rest = rest.dropLast() }
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    let name = String(rest[rest.index(after: slash)...])
    guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
    switch rest[..<slash] {
    case "file": source = .file(name)
    case "env" where !name.contains("="): source = .environment(name)
    // A credential is a file name in one folder, never a way out of it.
    case "credential" where !name.contains("/") && name != "." && name != "..": source = .credential(name)
    default: return nil
    }
  }

  /// The text it is written as, which is also the handle that a plugin sees.
  public var description: String {
    let mark = isOptional ? "?" : ""
    return switch source {
    case .file(let path): "secret://file/\(path)\(mark)"
    case .environment(let name): "secret://env/\(name)\(mark)"
    case .credential(let name): "secret://credential/\(name)\(mark)"
    }
  }
}

extension SecretReference {
  /// Stands for a required reference that was not written; that is an error, so no loaded configuration holds it.
  static let unset = SecretReference(.environment(""))
}
