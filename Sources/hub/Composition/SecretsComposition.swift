import HubConfig
import HubStore
import HubTelemetry
import Synchronization

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

/// Values of secrets for plugins, read from disk at most once a second: a plugin asks for them with every request.
final class SecretCache: Sendable {
  private static let lifetimeMilliseconds: Int64 = 1000
  private let secrets: SecretResolver
  private let redactor: Redactor
  private let values = Mutex<[String: (value: [UInt8]?, readAt: Int64)]>([:])

  init(_ secrets: SecretResolver, _ redactor: Redactor) { (self.secrets, self.redactor) = (secrets, redactor) }

  func value(of handle: String) -> [UInt8]? {
    let now = SystemClock.now()
    let known = values.withLock { $0[handle] }
    if let known, (0..<Self.lifetimeMilliseconds).contains(now - known.readAt) { return known.value }
    let value = read(handle, last: known?.value)
    // A file that was written anew holds a secret that nobody has kept out of the log yet.
    if let value, value != known?.value { redactor.register(String(decoding: value, as: UTF8.self)) }
    values.withLock { $0[handle] = (value, now) }
    return value
  }

  private func read(_ handle: String, last: [UInt8]?) -> [UInt8]? {
    guard let reference = SecretReference(handle) else { return nil }
    do throws(SecretError) {
      return try secrets.resolve(reference)?.exposed
    } catch {
      // Want of descriptors says nothing about the secret; any other failure says that it is not to be used any more.
      return error.code == .unavailable ? last : nil
    }
  }
}
