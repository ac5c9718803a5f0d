internal import Crypto
internal import JWTKit

/// A key that signs and verifies, bound to its algorithm: a token can't choose another one for it.
public struct TokenKey: Sendable {
  /// The key id tokens must name; nil for the key of tokens without one.
  public let id: String?
  /// The only algorithm this key is used with.
  public let algorithm: TokenAlgorithm
  let primitive: any JWTAlgorithm

  /// A shared secret.
  ///
  /// - Throws: `shortSecret` below 32 bytes.
  public static func hmac(secret: [UInt8], id: String? = nil) async throws(AuthConfigurationError) -> TokenKey {
    let algorithm = TokenAlgorithm.hs256
    // jwt-kit only asserts the length, so a release build would take an empty secret.
    guard secret.count >= algorithm.minimumSecret else { throw .shortSecret(minimum: algorithm.minimumSecret) }
    return try await TokenKey(secret: SymmetricKey(data: secret), algorithm: algorithm, id: id)
  }

  /// A random key that nothing was ever signed with.
  static func decoy() async throws(AuthConfigurationError) -> TokenKey {
    try await TokenKey(secret: SymmetricKey(size: .bits256), algorithm: .hs256, id: nil)
  }

  /// A collection of its own per key: jwt-kit's lookup falls back to a default key, a collection of one has no other.
  private init(secret: SymmetricKey, algorithm: TokenAlgorithm, id: String?) async throws(AuthConfigurationError) {
    let collection = JWTKeyCollection()
    await collection.add(hmac: HMACKey(key: secret), digestAlgorithm: .sha256)
    guard let primitive = try? await collection.getKey(), primitive.name == algorithm.rawValue else { throw .unusableKey }
    self.id = id
    self.algorithm = algorithm
    self.primitive = primitive
  }

  func verifies(_ signature: [UInt8], of content: some Collection<UInt8>) -> Bool {
    (try? primitive.verify(signature, signs: Array(content))) ?? false
  }

  func sign(_ content: [UInt8]) -> [UInt8]? { try? primitive.sign(content) }
}
