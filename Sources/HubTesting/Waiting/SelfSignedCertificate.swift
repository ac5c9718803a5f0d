import Foundation

/// A certificate that is its own authority, in files of a folder made for it. Made by `openssl`.
public struct SelfSignedCertificate: Sendable {
  /// `openssl` failed; what it said.
  public struct NotMade: Error {
    /// Its standard error.
    public let reason: String
  }

  /// The path of the certificate, PEM.
  public let certificate: String
  /// The path of its key, PEM.
  public let key: String
  private let folder: String

  /// Makes one that is good for two days.
  ///
  /// - Parameter names: whom it is for, as openssl writes alternative names.
  public static func make(names: String = "DNS:localhost,IP:127.0.0.1") async throws -> SelfSignedCertificate {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-tls-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = SelfSignedCertificate(certificate: folder + "/cert.pem", key: folder + "/key.pem", folder: folder)
    let run = try await ChildRun.of([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=\(names)", "-keyout", made.key, "-out", made.certificate,
    ])
    guard run.status == 0 else { throw NotMade(reason: run.errors) }
    return made
  }

  /// Removes the folder.
  public func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
