internal import Crypto

/// Signs links that are good without a credential, for a while and for one thing.
public struct LinkSigner: Sendable {
  /// What a link is good for.
  public struct Grant: Sendable, Hashable {
    /// What it leads to.
    public let id: String
    /// The event that told of it.
    public let sequence: UInt64
    /// Unix seconds after which it is good no more.
    public let expires: Int64

    /// A grant.
    public init(id: String, sequence: UInt64, expires: Int64) {
      (self.id, self.sequence, self.expires) = (id, sequence, expires)
    }
  }

  /// Why a link isn't good.
  public enum Refusal: Error, Sendable, Hashable {
    /// It wasn't signed here, or was changed.
    case forged
    /// Its time is over.
    case expired
  }

  private let key: SymmetricKey

  /// A signer whose key is derived from a secret of the hub, for links alone.
  public init(secret: [UInt8]) {
    key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array("hub media links 1".utf8), using: SymmetricKey(data: secret)))
  }

  /// The signature of a grant: sequence, expiry and code, all of it safe in a query. The same for the same grant.
  public func signature(of grant: Grant) -> String {
    let stated = "\(String(grant.sequence, radix: 36)).\(String(grant.expires, radix: 36))"
    return "\(stated).\(String(decoding: Base64URL.encode(code(of: grant)), as: UTF8.self))"
  }

  /// What a signature grants for an id.
  public func grant(_ signature: String, for id: String, now: Int64) throws(Refusal) -> Grant {
    let parts = signature.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let sequence = UInt64(parts[0], radix: 36), let expires = Int64(parts[1], radix: 36),
      let code = Base64URL.decode(parts[2].utf8)
    else { throw .forged }
    let grant = Grant(id: id, sequence: sequence, expires: expires)
    // One spelling only, so that a link can be told apart by its text.
    guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.text(of: grant), using: key),
      self.signature(of: grant) == signature
    else { throw .forged }
    guard now < expires else { throw .expired }
    return grant
  }

  private func code(of grant: Grant) -> [UInt8] { Array(HMAC<SHA256>.authenticationCode(for: Self.text(of: grant), using: key)) }

  private static func text(of grant: Grant) -> [UInt8] { Array("\(grant.id)\n\(grant.sequence)\n\(grant.expires)".utf8) }
}
