import Glibc
import NIOSSL

/// TLS of outgoing connections.
enum UpstreamTLS {
  /// What is believed can't be read.
  struct Unreadable: Error {
    var file: String
    var reason: String
  }

  /// Certificates are always verified. Reads files.
  static func context(_ roots: UpstreamOptions.TrustRoots) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if case .file(let path) = roots { configuration.trustRoots = .certificates(try certificates(in: path)) }
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }

  private static func certificates(in path: String) throws(Unreadable) -> [NIOSSLCertificate] {
    guard access(path, R_OK) == 0 else { throw Unreadable(file: path, reason: String(cString: strerror(errno)).lowercased()) }
    do {
      return try NIOSSLCertificate.fromPEMFile(path)
    } catch NIOSSLError.failedToLoadCertificate {
      throw Unreadable(file: path, reason: "no PEM certificate can be read from it")
    } catch {
      throw Unreadable(file: path, reason: ConnectFailure.words(error))
    }
  }

  /// What to say beside the failure of a handshake.
  static func remark(_ roots: UpstreamOptions.TrustRoots) -> String {
    guard case .file(let path) = roots else { return "" }
    return " (only what \(path) names is believed)"
  }

  /// The certificate has to name `host`; an address is checked as such and not sent as server name.
  static func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context, serverHostname: isAddress(host) ? nil : host)
  }

  private static func isAddress(_ host: String) -> Bool {
    var v4 = in_addr()
    var v6 = in6_addr()
    return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
  }
}
