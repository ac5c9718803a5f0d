internal import HubModel

extension LoadResult {
  /// The configuration for a command that needs only some keys, given as paths: it is had also when there are errors, as long as none
  /// of them is about such a key. What stands elsewhere in it may be a default instead of what was meant.
  public func configuration(using needs: [[String]]) -> HubConfiguration? {
    if let configuration { return configuration }
    let isTouched = diagnostics.contains { finding in
      guard finding.severity == .error else { return false }
      guard let path = path(of: finding) else { return true }
      return needs.contains { $0.starts(with: path) || path.starts(with: $0) }
    }
    return isTouched ? nil : parsed
  }

  /// The keys that lead to a finding: those of the last key at or before it; nil when it is about the whole.
  private func path(of finding: Diagnostic) -> [String]? {
    guard let place = finding.place else { return nil }
    // The second of two equal keys was never read, so that no origin stands there; it is about the first.
    if finding.code == "duplicate-key", let key = finding.marked, place.column == 1 { return [key] }
    func position(_ place: Diagnostic.Place) -> (Int, Int) { (place.line, place.column) }
    let before = origins.filter { $0.value.key.file == place.file && position($0.value.key) <= position(place) }
    return before.max { (position($0.value.key), $0.key.count) < (position($1.value.key), $1.key.count) }?.key
  }
}

private func < (left: ((Int, Int), Int), right: ((Int, Int), Int)) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}

extension Diagnostic {
  /// The text that the caret line underlines.
  fileprivate var marked: String? {
    guard let place, let sourceLine else { return nil }
    return String(String.UnicodeScalarView(sourceLine.unicodeScalars.dropFirst(place.column - 1).prefix(place.length)))
  }
}
