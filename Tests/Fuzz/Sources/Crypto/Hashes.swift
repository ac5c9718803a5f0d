import CLibCrypto

/// Stands in for swift-crypto's module of that name.
public enum Insecure {
  /// SHA-1 by libcrypto.
  public struct SHA1 {
    private var bytes: [UInt8] = []

    /// A hash of nothing yet.
    public init() {}

    /// Adds bytes.
    public mutating func update(bufferPointer: UnsafeRawBufferPointer) { bytes.append(contentsOf: bufferPointer) }

    /// The hash.
    public func finalize() -> [UInt8] { digest(of: bytes, EVP_sha1(), size: 20) }
  }
}

/// SHA-256 by libcrypto.
public struct SHA256 {
  private var bytes: [UInt8] = []

  /// A hash of nothing yet.
  public init() {}

  /// Adds bytes.
  public mutating func update(data: [UInt8]) { bytes.append(contentsOf: data) }

  /// The hash.
  public func finalize() -> [UInt8] { digest(of: bytes, EVP_sha256(), size: 32) }
}

private func digest(of bytes: [UInt8], _ kind: OpaquePointer?, size: Int) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: size)
  _ = EVP_Digest(bytes, bytes.count, &digest, nil, kind, nil)
  return digest
}
