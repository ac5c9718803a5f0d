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
    public func finalize() -> [UInt8] {
      var digest = [UInt8](repeating: 0, count: 20)
      _ = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
      return digest
    }
  }
}
