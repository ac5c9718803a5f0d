internal import HubModel

/// What must hold among the options of `auth`.
struct AuthRules {
  let context: ReadContext

  func check(_ configuration: HubConfiguration) {
    if let jwt = configuration.auth.jwt { check(jwt) }
    for key in configuration.auth.apiKeys where key.value.tenant == nil && !key.value.roles.allSatisfy({ $0 == .stats || $0 == .admin }) {
      context.report.error(
        "missing-key", "auth.api_keys.\(key.name) needs a tenant: its roles act within one",
        at: context.origins[["auth", "api_keys", key.name]]?.key)
    }
  }

  private func check(_ jwt: JWTOptions) {
    // Words that are no algorithm were reported, and left none.
    guard !jwt.algorithms.isEmpty else { return }
    let place = context.origins[["auth", "jwt"]]?.key
    let symmetric = jwt.algorithms.contains(where: \.isSymmetric)
    let published = jwt.algorithms.contains { !$0.isSymmetric }
    if symmetric, published {
      // One key set for both kinds is how a public key gets used as a shared secret.
      context.report.error(
        "bad-value", "auth.jwt.algorithms mixes HS algorithms, which use a secret, with others, which use published keys",
        at: context.place(["auth", "jwt", "algorithms"]))
    }
    if symmetric, !context.isWritten(["auth", "jwt", "secret"]) {
      context.report.error("missing-key", "auth.jwt needs the key \"secret\" for \(words(jwt, symmetric: true))", at: place)
    }
    if published, !context.isWritten(["auth", "jwt", "jwks"]) {
      context.report.error("missing-key", "auth.jwt needs the key \"jwks\" for \(words(jwt, symmetric: false))", at: place)
    }
    if !symmetric, jwt.secret != nil {
      context.report.error("bad-value", "auth.jwt.secret is used by no algorithm listed", at: context.place(["auth", "jwt", "secret"]))
    }
  }

  private func words(_ jwt: JWTOptions, symmetric: Bool) -> String {
    jwt.algorithms.filter { $0.isSymmetric == symmetric }.map(\.rawValue).joined(separator: ", ")
  }
}
