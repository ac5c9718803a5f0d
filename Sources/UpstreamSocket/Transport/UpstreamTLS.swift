import Glibc
import NIOSSL

/// TLS of outgoing connections.
enum UpstreamTLS {
  /// Certificates are always verified. Reads files.
  static func context(_ roots: UpstreamOptions.TrustRoots) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if case .file(let path) = roots { configuration.trustRoots = .certificates(try AuthorityFile.certificates(in: path)) }
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }

  /// What to say of the failure of a handshake.
  static func words(_ error: any Error, host: String, roots: UpstreamOptions.TrustRoots) -> String {
    if error as? NIOSSLExtraError == .failedToValidateHostname { return "the server's certificate does not name \(host)" }
    guard case .file(let path) = roots else { return ConnectFailure.words(error) }
    return ConnectFailure.words(error) + AuthorityFile.remark(path)
  }

  /// The certificate has to name `host`, or the address that was connected to, with which the TLS library is content as well; a host that is an
  /// address is not sent as server name.
  static func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context, serverHostname: isAddress(host) ? nil : host)
  }

  private static func isAddress(_ host: String) -> Bool {
    var v4 = in_addr()
    var v6 = in6_addr()
    return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
  }
}
