/// Reads secrets from where references say. Each call reads anew, so that a rotated secret needs no restart.
public struct SecretResolver: Sendable {
  /// No secret is larger.
  static let maxBytes = 64 << 10

  private let folder: String
  private let environment: [String: String]
  private let credentials: String?

  /// A resolver for references of the hub.yaml in `folder`. `environment` gives the variables, and with
  /// `CREDENTIALS_DIRECTORY` the folder of systemd's credentials.
  public init(folder: String, environment: [String: String]) {
    self.folder = folder
    self.environment = environment
    credentials = environment["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether systemd's credentials are within reach.
  var reachesCredentials: Bool { credentials != nil }

  /// The secret's value; nil when the reference is optional and there is none.
  public func resolve(_ reference: SecretReference) throws(SecretError) -> SecretValue? {
    do {
      return try value(of: reference.source)
    } catch {
      guard reference.isOptional, error.code == .missing else { throw error }
      return nil
    }
  }

  /// The file that a reference names; nil for one that is kept elsewhere.
  public func file(of reference: SecretReference) -> String? {
    guard case .file(let path) = reference.source else { return nil }
    return Paths.resolve(path, in: folder)
  }

  /// Where a change of the secret would show.
  func place(of reference: SecretReference) -> SecretPlace {
    switch reference.source {
    case .environment: .process
    case .credential(let name): credentials.map { SecretPlace.file(Paths.resolve(name, in: $0)) } ?? .nowhere
    case .file(let path): .file(Paths.resolve(path, in: folder))
    }
  }

  private func value(of source: SecretReference.Source) throws(SecretError) -> SecretValue {
    switch source {
    case .environment(let name):
      let value = SecretValue(trimming: (environment[name] ?? "").utf8)
      guard !value.exposed.isEmpty else {
        throw SecretError(code: .missing, message: "environment variable \(name) is not set", hint: nil)
      }
      return value
    case .credential(let name):
      guard let credentials else {
        throw SecretError(
          code: .missing, message: "there are no systemd credentials (CREDENTIALS_DIRECTORY is not set)",
          hint: "add LoadCredential=\(name):/path to the unit")
      }
      // systemd owns this folder and its modes.
      return try read(Paths.resolve(name, in: credentials), shown: "credential \(name)", checkMode: false)
    case .file(let path):
      return try read(Paths.resolve(path, in: folder), shown: path, checkMode: true)
    }
  }

  private func read(_ path: String, shown: String, checkMode: Bool) throws(SecretError) -> SecretValue {
    let file: FileReader
    do {
      file = try FileReader(path)
    } catch {
      let code: SecretError.Code = error.isMissing ? .missing : error.isExhaustion ? .unavailable : .unreadable
      throw SecretError(code: code, message: "\(printable(shown)): \(error)", hint: nil)
    }
    guard file.isRegular else { throw SecretError(code: .unreadable, message: "\(printable(shown)) is not a file", hint: nil) }
    if checkMode, file.mode & 0o077 != 0 {
      let mode = String(file.mode & 0o777, radix: 8)
      throw SecretError(
        code: .permissions, message: "\(printable(shown)) has mode \(mode): others than its owner may reach it",
        hint: "chmod 600 \(Paths.shellQuoted(path))")
    }
    guard let bytes = try? file.read(limit: Self.maxBytes) else {
      throw SecretError(code: .unreadable, message: "\(printable(shown)) cannot be read or is larger than 64 KiB", hint: nil)
    }
    let value = SecretValue(trimming: bytes)
    guard !value.exposed.isEmpty else { throw SecretError(code: .missing, message: "\(printable(shown)) is empty", hint: nil) }
    return value
  }
}
