import Glibc
import HubModel
import NIOSSL

/// Reads certificate and key of the public listener as the listener will: both are PEM, the key is the certificate's, the time is right.
struct CertificateRules {
  /// No chain of certificates is longer, in bytes.
  static let maxBytes = 1 << 20

  let context: ReadContext
  let resolver: SecretResolver

  func check(_ configuration: HubConfiguration) {
    guard let tls = configuration.server.tls else { return }
    let chain = chain(configuration, tls)
    if let first = chain?.first { checkDates(of: first) }
    // That there is a key to read is the business of the rules on secrets.
    guard tls.key != .unset, let key = try? resolver.resolve(tls.key) else { return }
    guard let privateKey = try? NIOSSLPrivateKey(bytes: key.exposed, format: .pem) else {
      return context.report.error(
        "bad-key", "server.tls.key: \(tls.key) is not a private key in PEM without a passphrase", at: place("key"))
    }
    guard let chain else { return }
    var pair = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    guard refusal(of: pair) != nil else { return }
    // The library's error does not tell the one from the other; each by itself does.
    pair.privateKey = nil
    if let reason = refusal(of: pair) {
      return context.report.error(
        "bad-certificate", "server.tls.certificate: no server can use \(printable(tls.certificate)): \(reason)", at: place("certificate"),
        hint: "TLS takes RSA, ECDSA with P-256, P-384 or P-521, and Ed25519; a key usage has to include digital signatures")
    }
    pair.privateKey = .privateKey(privateKey)
    pair.certificateChain = []
    if let reason = refusal(of: pair) {
      return context.report.error("bad-key", "server.tls.key: no server can use \(tls.key): \(reason)", at: place("key"))
    }
    context.report.error(
      "bad-key", "server.tls.key: \(tls.key) is not the key of the certificate in \(printable(tls.certificate))", at: place("key"),
      hint: "the first certificate of the file has to be the server's own")
  }

  /// What the library has against it.
  private func refusal(of configuration: TLSConfiguration) -> (any Error)? {
    do {
      _ = try NIOSSLContext(configuration: configuration)
      return nil
    } catch {
      return error
    }
  }

  private func chain(_ configuration: HubConfiguration, _ tls: TLSOptions) -> [NIOSSLCertificate]? {
    guard !tls.certificate.isEmpty else { return nil }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileReader(configuration.resolve(tls.certificate)).read(limit: Self.maxBytes)
    } catch {
      context.report.error(
        error.isMissing ? "missing-file" : "unreadable-file", "server.tls.certificate: \(printable(tls.certificate)): \(error)",
        at: place("certificate"))
      return nil
    }
    guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
      context.report.error(
        "bad-certificate", "server.tls.certificate: \(printable(tls.certificate)) holds no certificate in PEM", at: place("certificate"))
      return nil
    }
    return chain
  }

  private func checkDates(of certificate: NIOSSLCertificate) {
    let now = time(nil)
    let (begin, end) = (certificate.notValidBefore, certificate.notValidAfter)
    guard now < begin || now > end else { return }
    let word = now > end ? "ended at \(Self.text(end))" : "is not valid before \(Self.text(begin))"
    context.report.warning(
      "certificate-dates", "server.tls.certificate: the certificate \(word); clients refuse it", at: place("certificate"))
  }

  private func place(_ key: String) -> Diagnostic.Place? { context.place(["server", "tls", key]) }

  private static func text(_ time: time_t) -> String { Timestamp(milliseconds: Int64(time) * 1000).iso8601 }
}
