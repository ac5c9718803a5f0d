import HubConfig
import HubTelemetry

/// The secrets of the configuration while the hub runs.
enum SecretsComposition {
  /// Tells the log which texts must never appear in it.
  static func register(_ configuration: HubConfiguration, secrets: SecretResolver, with redactor: Redactor) {
    var references = configuration.auth.apiKeys.map(\.value.key)
    references += [configuration.auth.jwt?.secret, configuration.admin.token, configuration.server.tls?.key].compactMap { $0 }
    references += (Array(configuration.channels) + Array(configuration.sinks)).flatMap(\.value.secrets)
    register(references, secrets: secrets, with: redactor)
  }

  /// The same for single secrets.
  static func register(_ references: some Sequence<SecretReference>, secrets: SecretResolver, with redactor: Redactor) {
    for reference in references {
      guard let value = try? secrets.resolve(reference) else { continue }
      redactor.register(String(decoding: value.exposed, as: UTF8.self))
    }
  }
}
