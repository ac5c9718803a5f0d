import CLibCrypto
import HubPluginSDK

/// How a delivery proves where it is from: Evolution signs nothing, but sends what it was told to (reference 2).
struct Credentials {
  /// Where a secret may stand beside the token.
  struct Places: Hashable {
    /// The header that carries the secret itself.
    let header: String
    /// The parameter of the URL that may carry it; nil when it may not.
    let parameter: String?
  }

  /// What was found out about a request.
  enum Verdict: String {
    case accepted
    /// There is nothing to check.
    case missing
    case wrong
    /// A token too old even for a retry.
    case expired
  }

  private let bearer: String?
  private let values: [String]

  init(_ request: HubHTTPRequest, _ places: Places) {
    let authorization = request.header("Authorization")
    bearer = authorization.flatMap { $0.lowercased().hasPrefix("bearer ") ? String($0.dropFirst(7)).trimmed : nil }
    let parameter = places.parameter.flatMap { Self.parameter($0, of: request.target) }
    values = [request.header(places.header), parameter].compactMap { $0 }
  }

  /// Whether any of the secrets was known to whom made the request. All are tried, so that the time tells nothing.
  func verdict(secrets: [[UInt8]], nowMs: Int64) -> Verdict {
    // An empty secret would let everybody in.
    let secrets = secrets.filter { $0.isEmpty == false }
    if values.contains(where: { value in secrets.reduce(false) { Self.equal(Array(value.utf8), $1) || $0 } }) { return .accepted }
    guard let bearer else { return values.isEmpty ? .missing : .wrong }
    return WebhookToken(bearer)?.verdict(secrets: secrets, nowMs: nowMs) ?? .wrong
  }

  /// Compares in a time that depends on neither the contents nor the length of the secret.
  private static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    CRYPTO_memcmp(Fingerprint.sha256(one), Fingerprint.sha256(other), 32) == 0
  }

  private static func parameter(_ name: String, of target: String) -> String? {
    guard let question = target.firstIndex(of: "?") else { return nil }
    let pairs = target[target.index(after: question)...].split(separator: "&")
    let found = pairs.compactMap { pair -> String? in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return parts[0] == name && parts.count == 2 ? decoded(parts[1]) : nil
    }
    // Two would leave open which of them was meant.
    return found.count == 1 ? found[0] : nil
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
