internal import HubHost
internal import NIOCore
internal import NIOSSL

/// Whether a certificate names the host that was asked for. The TLS library is content with one that names the address of the connection, and
/// where a name was looked up that proves nothing: who answers the lookup chooses the address, and has a certificate for it.
enum NamedHost {
  /// To be asked before anything is sent over a connection to a host that has a name.
  static func check(_ channel: any Channel, _ host: String) -> EventLoopFuture<Void> {
    guard let tls = try? channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self),
      tls.peerCertificate.map({ isNamed(host, by: $0) }) != true
    else { return channel.eventLoop.makeSucceededVoidFuture() }
    // Once the client knows that there is no such connection: it takes an end before that for the end of one it has.
    channel.eventLoop.execute { channel.close(promise: nil) }
    return channel.eventLoop.makeFailedFuture(OutboundFailure(.tls, wasWritten: false, "the certificate does not name \(host)"))
  }

  /// One without addresses was believed by its names already.
  private static func isNamed(_ host: String, by certificate: NIOSSLCertificate) -> Bool {
    let names = certificate._subjectAlternativeNames()
    return !names.contains { $0.nameType == .ipAddress }
      || names.contains { $0.nameType == .dnsName && matches(host, String(decoding: $0.contents, as: UTF8.self)) }
  }

  /// The same name, or one label more than what is behind `*.`: what authorities issue (CA/Browser Forum, Baseline Requirements 3.2.2.6).
  static func matches(_ host: String, _ name: String) -> Bool {
    let (host, name) = (plain(host), plain(name))
    guard name.hasPrefix("*.") else { return host == name }
    guard let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
    return host[dot...] == name.dropFirst()
  }

  private static func plain(_ name: String) -> Substring {
    let name = name.lowercased()
    return name.hasSuffix(".") ? name.dropLast() : name[...]
  }
}
