import HubModel

/// Every path and namespace has one owner: two adapters that claim one are told about each other, and nothing is started.
struct ClaimRules {
  /// Paths of the hub's own API; what lies below them is its too.
  static let reserved = ["/api/v1", "/health", "/ready"]

  private struct Owner {
    var name: String
    var place: Diagnostic.Place?

    var text: String { place.map { "\(name) (\($0.file):\($0.line):\($0.column))" } ?? name }
  }

  let context: ReadContext

  func check(_ configuration: HubConfiguration) {
    let engines = enginePaths(configuration)
    var owners: [Claim.Kind: [String: Owner]] = [:]
    for claim in configuration.claims {
      let what = claim.kind == .httpPath ? "path" : "namespace"
      if let owner = owners[claim.kind]?[claim.subject] ?? prefixOwner(of: claim, engines) {
        let message =
          owner.name == claim.owner
          ? "\(claim.owner) claims the \(what) \(quoted(claim.value)) twice"
          : "\(what) \(quoted(claim.value)) is claimed by \(claim.owner) and by \(owner.text)"
        context.report.error("double-claim", message, at: claim.place, hint: "give one of them another \(what)")
      } else {
        owners[claim.kind, default: [:]][claim.subject] = Owner(name: claim.owner, place: claim.place)
      }
    }
  }

  private func enginePaths(_ configuration: HubConfiguration) -> [(path: String, owner: Owner)] {
    var seen: [(path: String, owner: Owner)] = []
    for (index, path) in configuration.realtime.paths.enumerated() {
      let place = context.place(["realtime", "paths", String(index)])
      let claim = Claim(kind: .httpPath, value: path, adapter: "", owner: "realtime.paths", place: place)
      if claim.subject == "/" {
        context.report.error("bad-value", "realtime.paths: / would take every request", at: place)
      } else if let owner = prefixOwner(of: claim, seen) {
        context.report.error("double-claim", "path \(quoted(path)) is claimed by realtime.paths and by \(owner.text)", at: place)
      } else {
        seen.append((claim.subject, Owner(name: "realtime.paths", place: place)))
      }
    }
    return seen
  }

  /// Whose path this one is or lies below.
  private func prefixOwner(of claim: Claim, _ engines: [(path: String, owner: Owner)]) -> Owner? {
    guard claim.kind == .httpPath else { return nil }
    let reserved = Self.reserved.map { (path: $0, owner: Owner(name: "the hub's own API")) }
    return (engines + reserved).first { claim.subject == $0.path || claim.subject.hasPrefix($0.path + "/") }?.owner
  }
}
