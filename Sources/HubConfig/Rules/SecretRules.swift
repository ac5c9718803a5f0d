import HubModel

/// One secret reference where it is used.
struct SecretUse {
  var path: [String]
  var reference: SecretReference
  var place: Diagnostic.Place?
  /// Shared with a provider, who issued it or has a copy.
  var isProviders: Bool

  var name: String { path.joined(separator: ".") }

  /// The secrets of the hub itself.
  static func own(in configuration: HubConfiguration, _ context: ReadContext) -> [SecretUse] {
    var uses: [([String], SecretReference?)] = [
      (["server", "tls", "key"], configuration.server.tls?.key), (["admin", "token"], configuration.admin.token),
      (["auth", "jwt", "secret"], configuration.auth.jwt?.secret),
    ]
    uses += configuration.auth.apiKeys.map { (["auth", "api_keys", $0.name, "key"], $0.value.key) }
    return uses.compactMap { path, reference in
      guard let reference, reference != .unset else { return nil }
      return SecretUse(path: path, reference: reference, place: context.place(path), isProviders: false)
    }
  }
}

/// Looks at every secret once: that it is there, that only its owner can read it, that it is worth its name.
struct SecretRules {
  /// RFC 7518 section 3.2: a key at least as long as the hash.
  static let minTokenSecret = 32
  static let minKey = 16

  let context: ReadContext
  let resolver: SecretResolver
  /// Whether credentials that cannot be reached from here are an error.
  var needsCredentials = true

  func check(_ uses: [SecretUse]) {
    for use in uses {
      do {
        if let value = try resolver.resolve(use.reference) { check(value, use) }
      } catch {
        if !needsCredentials, !resolver.reachesCredentials, case .credential(let name) = use.reference.source {
          context.report.warning(
            "unread-secret", "\(use.name): credential \(quoted(name)) was not looked at: systemd hands it to the service only",
            at: use.place, hint: "CREDENTIALS_DIRECTORY=FOLDER hub check looks at the files in FOLDER")
          continue
        }
        let hint = error.hint ?? (error.code == .missing ? hint(for: use) : nil)
        context.report.error(error.code.rawValue, "\(use.name): \(error.message)", at: use.place, hint: hint)
      }
    }
  }

  private func check(_ value: SecretValue, _ use: SecretUse) {
    let count = value.exposed.count
    if use.path == ["auth", "jwt", "secret"], count < Self.minTokenSecret {
      context.report.error(
        "weak-secret", "\(use.name) has \(count) bytes; at least \(Self.minTokenSecret) are needed", at: use.place,
        hint: "openssl rand -base64 48")
    } else if use.path == ["admin", "token"] || use.path.starts(with: ["auth", "api_keys"]), count < Self.minKey {
      context.report.error(
        "weak-secret", "\(use.name) has \(count) bytes; at least \(Self.minKey) are needed", at: use.place, hint: "openssl rand -base64 24")
    }
    if value.isTrial {
      context.report.warning(
        "trial-secret", "\(use.name) is a trial secret made by hub init", at: use.place, hint: "put the provider's in its place")
    }
  }

  private func hint(for use: SecretUse) -> String? {
    switch use.reference.source {
    case .environment(let name): "set \(name), or write \(use.reference)? to start without it"
    case .credential: nil
    case .file(let path):
      use.isProviders
        ? "put the provider's secret there with mode 600; one for a trial: \(SecretMaker.recipe(for: path))"
        : "make one: \(SecretMaker.recipe(for: path))"
    }
  }
}
