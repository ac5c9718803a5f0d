import HubTesting
import NIOCore
import Synchronization
import Testing
import WebSocketFrames

@testable import RealtimeServer
@testable import UpstreamSocket

extension UpstreamSocketTests {
  @Test("a file of authorities that is not there, or holds none, is named; so is one whose authorities did not sign")
  func trustRoots() async throws {
    let (trusted, other) = (try await SelfSignedCertificate.make(), try await SelfSignedCertificate.make())
    defer {
      trusted.remove()
      other.remove()
    }
    let tls = TLSOptions(certificate: .file(trusted.certificate), key: .file(trusted.key))
    for (file, words) in [
      (trusted.certificate + ".absent", "no such file"), (trusted.key, "no PEM certificate"),
      (other.certificate, "CERTIFICATE_VERIFY_FAILED"),
    ] {
      try await Scene.run(tls: tls, { $0.trustRoots = .file(file) }) { scene in
        let end = await scene.disconnected().end
        #expect(end.code == .tls && end.reason.contains(file) && end.reason.contains(words), "\(end.reason)")
      }
    }
  }

  @Test("over TLS a certificate of a private authority is believed when it is configured, and refused otherwise")
  func tls() async throws {
    let certificate = try await SelfSignedCertificate.make()
    defer { certificate.remove() }
    let tls = TLSOptions(certificate: .file(certificate.certificate), key: .file(certificate.key))
    try await Scene.run(tls: tls, { $0.trustRoots = .file(certificate.certificate) }) { scene in
      _ = await scene.joined()
    }
    try await Scene.run(tls: tls) { scene in
      let end = await scene.disconnected().end
      #expect(end.code == .tls && end.reason.contains("CERTIFICATE_VERIFY_FAILED"))
    }
  }

  @Test(
    "over TLS a certificate that is believed has to name the host, or the address, and its time must not be over",
    arguments: [
      ("localhost", "DNS:localhost", 2, nil), ("127.0.0.1", "IP:127.0.0.1", 2, nil),
      ("localhost", "DNS:other.example", 2, "does not name localhost"),
      ("127.0.0.1", "IP:127.0.0.2", 2, "does not name 127.0.0.1"), ("127.0.0.1", "DNS:127.0.0.1", 2, "does not name 127.0.0.1"),
      ("localhost", "DNS:localhost", -1, "CERTIFICATE_VERIFY_FAILED"),
    ] as [(String, String, Int, String?)])
  func certificates(_ host: String, names: String, days: Int, refusal: String?) async throws {
    let certificate = try await SelfSignedCertificate.make(names: names, days: days)
    defer { certificate.remove() }
    let tls = TLSOptions(certificate: .file(certificate.certificate), key: .file(certificate.key))
    try await Scene.run(at: host, tls: tls, { $0.trustRoots = .file(certificate.certificate) }) { scene in
      guard let refusal else {
        _ = await scene.joined()
        return
      }
      let end = await scene.disconnected().end
      #expect(end.code == .tls && end.reason.contains(refusal), "\(end.reason)")
    }
  }
}
