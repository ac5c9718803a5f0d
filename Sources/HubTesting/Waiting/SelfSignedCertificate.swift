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

  /// Makes one.
  ///
  /// - Parameters:
  ///   - names: whom it is for, as openssl writes alternative names.
  ///   - days: how long it is good; below 0 its time is over.
  public static func make(names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2) async throws -> SelfSignedCertificate {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-tls-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = SelfSignedCertificate(certificate: folder + "/cert.pem", key: folder + "/key.pem", folder: folder)
    let request = folder + "/request.pem"
    try await run(
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=\(names)", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", made.key, "-out", request)
    // `req -x509` makes none whose time is over.
    try await run(
      "x509", "-req", "-in", request, "-signkey", made.key, "-days", "\(days)", "-copy_extensions", "copy", "-out", made.certificate)
    return made
  }

  private static func run(_ arguments: String...) async throws {
    let run = try await ChildRun.of(["openssl"] + arguments)
    guard run.status == 0 else { throw NotMade(reason: run.errors) }
  }

  /// Removes the folder.
  public func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
