import HubModel

/// What validating a node found: findings, and what the hub must know of the values.
struct SchemaOutcome {
  struct Finding {
    var code: String
    var message: String
    var place: Diagnostic.Place?
    var hint: String?
  }

  struct FoundClaim {
    var kind: Claim.Kind
    var value: String
    var place: Diagnostic.Place?
  }

  struct FoundSecret {
    var reference: SecretReference
    var place: Diagnostic.Place
    var path: [String]
  }

  var findings: [Finding] = []
  var claims: [FoundClaim] = []
  var secrets: [FoundSecret] = []
  var masks: [Diagnostic.Place] = []
  var origins: [(path: [String], origin: Origin)] = []

  mutating func add(_ code: String, _ message: String, at place: Diagnostic.Place?, hint: String? = nil) {
    findings.append(Finding(code: code, message: message, place: place, hint: hint))
  }

  mutating func merge(_ other: SchemaOutcome) {
    findings += other.findings
    claims += other.claims
    secrets += other.secrets
    masks += other.masks
    origins += other.origins
  }
}
