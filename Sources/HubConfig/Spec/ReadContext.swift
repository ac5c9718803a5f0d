import HubModel

/// Where a value comes from.
struct Origin: Sendable {
  /// Of the key.
  var key: Diagnostic.Place
  /// Of the value.
  var value: Diagnostic.Place
  /// Environment variables that went into it.
  var variables: [String]
}

/// What reading needs besides the node: where it stands, where findings go. One load uses one context on one thread.
final class ReadContext {
  let report: Report
  /// The keys that lead to the node being read.
  private(set) var path: [String] = []
  /// The origin of every value that was written, by the keys that lead to it.
  private(set) var origins: [[String]: Origin]
  /// The keys that ask for what this version does not do.
  private(set) var shortfalls: [Shortfall] = []

  init(report: Report, origins: [[String]: Origin] = [:]) {
    self.report = report
    self.origins = origins
  }

  /// The place being read, as messages call it.
  var name: String { path.isEmpty ? "the configuration" : path.joined(separator: ".") }

  /// The key that leads here.
  var ownPlace: Diagnostic.Place? { origins[path]?.key }

  func enter<Result>(_ entry: ConfigEntry, _ body: () -> Result) -> Result {
    path.append(entry.key)
    origins[path] = Origin(key: entry.keyPlace, value: entry.value.place, variables: entry.value.scalar?.variables ?? [])
    defer { path.removeLast() }
    return body()
  }

  func fallsShort(_ support: Support) { shortfalls.append(Shortfall(path: path, support: support)) }

  func unknown(_ entry: ConfigEntry, known: [String]) {
    // So that what is wrong here is not taken for a fault of the key before it.
    origins[path + [entry.key]] = Origin(key: entry.keyPlace, value: entry.value.place, variables: [])
    let isAdapter = path.count == 2 && ["channels", "sinks"].contains(path[0])
    report.error(
      "unknown-key", "unknown key \(quoted(entry.key)) in \(name)", at: entry.keyPlace,
      hint: suggestion(for: entry.key, in: known) ?? (isAdapter ? "settings of the plugin stand under config:" : nil))
  }

  func wrongKind(_ node: ConfigNode, expected: String) {
    guard !node.isInvalid else { return }
    report.error("wrong-kind", "\(name) is \(expected), found \(node.kindName)", at: node.place)
  }

  func badValue(_ node: ConfigNode, _ message: String, hint: String? = nil) {
    report.error("bad-value", "\(name): \(message)", at: node.place, hint: hint)
  }

  /// The place of a value by the keys that lead to it, or of the nearest key above that was written.
  func place(_ path: [String]) -> Diagnostic.Place? {
    if let origin = origins[path] { return origin.value }
    var path = path
    while !path.isEmpty {
      path.removeLast()
      if let origin = origins[path] { return origin.key }
    }
    return nil
  }

  /// Whether the file gives this key, be its value good or bad.
  func isWritten(_ path: [String]) -> Bool { origins[path] != nil }

  func origin(_ path: [String], _ origin: Origin) { origins[path] = origin }
}
