internal import HubModel

extension LoadResult {
  /// The configuration for a command that needs only some keys, given as paths: it is had also when there are errors, as long as none
  /// of them is about such a key. What stands elsewhere in it may be a default instead of what was meant.
  public func configuration(using needs: [[String]]) -> HubConfiguration? {
    if let configuration { return configuration }
    let isTouched = diagnostics.contains { finding in
      guard finding.severity == .error else { return false }
      let paths = paths(of: finding)
      return paths.isEmpty || paths.contains { path in needs.contains { $0.starts(with: path) || path.starts(with: $0) } }
    }
    return isTouched ? nil : parsed
  }

  /// The keys that lead to a finding: those of the last key at or before it, several when an alias repeats that place; none when it is
  /// about the whole.
  private func paths(of finding: Diagnostic) -> [[String]] {
    guard let found = finding.place else { return [] }
    // The second of two equal keys was never read, so that no origin stands there; it is about the first.
    let place = repeated[found] ?? found
    func position(_ place: Diagnostic.Place) -> (Int, Int) { (place.line, place.column) }
    let before = origins.filter { $0.value.key.file == place.file && position($0.value.key) <= position(place) }
    guard let last = before.values.map({ position($0.key) }).max(by: <) else { return [] }
    return before.filter { position($0.value.key) == last }.map { $0.key }
  }
}

extension HubConfiguration {
  /// The place of every text in the settings of adapters.
  var settingPlaces: [Diagnostic.Place] {
    var places: [Diagnostic.Place] = []
    for map in [channels, sinks] {
      for adapter in map {
        if let node = adapter.value.settings.node { Self.find(in: node, into: &places) }
        for account in adapter.value.accounts {
          for entry in account.value.entries { Self.find(in: entry.value, into: &places) }
        }
      }
    }
    return places
  }

  private static func find(in node: ConfigNode, into places: inout [Diagnostic.Place]) {
    switch node.content {
    case .scalar: places.append(node.place)
    case .mapping(let entries): for entry in entries { find(in: entry.value, into: &places) }
    case .sequence(let items): for item in items { find(in: item, into: &places) }
    case .invalid: return
    }
  }
}
