internal import Crypto
public import HubModel

/// An API key of hub.yaml with its resolved value.
public struct APIKey: Sendable {
  /// The shortest value accepted, in bytes.
  public static let minimumLength = 16

  /// The longest value accepted, in bytes.
  public static let maximumLength = 1024

  /// The name in hub.yaml; it is in logs, the value never is.
  public let name: String
  /// The tenant it speaks for.
  public let tenant: String
  /// What it may do.
  public let roles: Set<Role>
  let value: [UInt8]

  /// A key; `value` is the secret itself.
  public init(name: String, value: [UInt8], tenant: String, roles: Set<Role>) {
    self.name = name
    self.tenant = tenant
    self.roles = roles
    self.value = value
  }
}

/// The configured API keys by the digest of their value: neither values nor their lengths are compared.
public struct APIKeyTable: Sendable {
  private struct Row {
    let digest: [UInt8]
    let identity: Identity
  }

  private let rows: [Row]

  /// A table of these keys.
  ///
  /// - Throws: `shortKey`, `longKey`, or `sameKey` when two names have one value.
  public init(_ keys: [APIKey]) throws(AuthConfigurationError) {
    var rows: [Row] = []
    var names: [[UInt8]: String] = [:]
    for key in keys {
      guard key.value.count >= APIKey.minimumLength else { throw .shortKey(name: key.name) }
      guard key.value.count <= APIKey.maximumLength else { throw .longKey(name: key.name) }
      let digest = Self.digest(key.value)
      if let other = names.updateValue(key.name, forKey: digest) { throw .sameKey(names: [other, key.name]) }
      let identity = Identity(tenant: key.tenant, user: "", roles: key.roles, source: .apiKey(name: key.name))
      rows.append(Row(digest: digest, identity: identity))
    }
    self.rows = rows
  }

  /// Whether no key is configured.
  public var isEmpty: Bool { rows.isEmpty }

  /// Whom a key speaks for; nil when it is unknown. Every row is compared in full, whichever matches.
  public func identity(for presented: String) -> Identity? {
    // Hashing is the cost, so it is not spent where nothing can match.
    guard !rows.isEmpty, presented.utf8.count <= APIKey.maximumLength else { return nil }
    let digest = Self.digest(Array(presented.utf8))
    var found: Identity?
    for row in rows where ConstantTime.equal(row.digest, digest) { found = row.identity }
    return found
  }

  private static func digest(_ value: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: value)) }
}

/// Comparison whose time depends on the length only.
public enum ConstantTime {
  /// Whether both are equal; unequal lengths answer at once.
  public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
  }

  /// Whether two secrets of any length are equal, by their SHA-256 digests.
  public static func equalDigests(_ left: String, _ right: String) -> Bool {
    equal(Array(SHA256.hash(data: Array(left.utf8))), Array(SHA256.hash(data: Array(right.utf8))))
  }
}
