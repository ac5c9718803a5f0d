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
    var paths: [String: Owner] = [:]
    var namespaces: [String: Owner] = [:]
    var trees: [(path: String, owner: Owner)] = []
    for claim in configuration.claims {
      let what = claim.kind.isPath ? "path" : "namespace"
      let found = claim.kind.isPath ? paths[claim.subject] : namespaces[claim.subject]
      if let owner = found ?? prefixOwner(of: claim, engines + trees) ?? innerOwner(of: claim, paths, engines) {
        let message =
          owner.name == claim.owner
          ? "\(claim.owner) claims the \(what) \(quoted(claim.value)) twice"
          : "\(what) \(quoted(claim.value)) is claimed by \(claim.owner) and by \(owner.text)"
        context.report.error("double-claim", message, at: claim.place, hint: "give one of them another \(what)")
        continue
      }
      let owner = Owner(name: claim.owner, place: claim.place)
      if claim.kind.isPath { paths[claim.subject] = owner } else { namespaces[claim.subject] = owner }
      if claim.kind == .httpTree { trees.append((claim.subject, owner)) }
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

  private static let ownPaths = reserved.map { (path: $0, owner: Owner(name: "the hub's own API")) }

  /// Whose path this one is or lies below.
  private func prefixOwner(of claim: Claim, _ trees: [(path: String, owner: Owner)]) -> Owner? {
    guard claim.kind.isPath else { return nil }
    return (trees + Self.ownPaths).first { claim.subject == $0.path || claim.subject.hasPrefix($0.path + "/") }?.owner
  }

  /// Whose path lies below this one, where it claims all that does.
  private func innerOwner(of claim: Claim, _ paths: [String: Owner], _ engines: [(path: String, owner: Owner)]) -> Owner? {
    guard claim.kind == .httpTree else { return nil }
    let root = claim.subject == "/" ? "/" : claim.subject + "/"
    let known = paths.sorted { $0.key < $1.key }.map { (path: $0.key, owner: $0.value) }
    return (engines + Self.ownPaths + known).first { $0.path.hasPrefix(root) }?.owner
  }
}
