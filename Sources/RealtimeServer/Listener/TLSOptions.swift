import NIOSSL

/// Certificate and key of a TLS listener, both PEM.
public struct TLSOptions: Sendable {
  /// Where PEM text comes from.
  public enum Source: Sendable {
    /// A file, read when the listener is bound.
    case file(String)
    /// The text itself.
    case pem([UInt8])
  }

  /// The certificate, then its intermediates.
  public var certificate: Source
  /// The private key.
  public var key: Source

  /// TLS with this certificate and key.
  public init(certificate: Source, key: Source) {
    self.certificate = certificate
    self.key = key
  }

  func makeContext() throws -> NIOSSLContext {
    let certificates =
      switch certificate {
      case .file(let path): try NIOSSLCertificate.fromPEMFile(path)
      case .pem(let bytes): try NIOSSLCertificate.fromPEMBytes(bytes)
      }
    let privateKey =
      switch key {
      case .file(let path): try NIOSSLPrivateKey(file: path, format: .pem)
      case .pem(let bytes): try NIOSSLPrivateKey(bytes: bytes, format: .pem)
      }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }
}
