/// Which member names look as if a secret were behind them.
public enum SecretKeys {
  private static let parts = [
    "password", "passwd", "passphrase", "secret", "token", "apikey", "authorization", "cookie", "credential", "privatekey", "accesskey",
    "signingkey", "hmackey", "signature",
  ]
  private static let whole: Set<String> = ["auth", "pwd", "pass", "key", "jwt", "sig", "bearer"]

  /// Whether values under this name are never shown. Case, `-`, `_`, `.` and spaces don't count.
  public static func isSecret(_ name: String) -> Bool {
    let letters = String(decoding: name.utf8.filter { !"-_. ".utf8.contains($0) }, as: UTF8.self).lowercased()
    return whole.contains(letters) || parts.contains { letters.contains($0) }
  }
}
