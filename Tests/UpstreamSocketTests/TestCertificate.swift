import Foundation
import HubTesting
import Testing

/// A self-signed certificate for `localhost`, made for one test.
struct TestCertificate {
  let certificate: String
  let key: String
  private let folder: String

  static func make() async throws -> TestCertificate {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-tls-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = TestCertificate(certificate: folder + "/cert.pem", key: folder + "/key.pem", folder: folder)
    let run = try await ChildRun.of([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", made.key, "-out", made.certificate,
    ])
    try #require(run.status == 0, "\(run.errors)")
    return made
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
