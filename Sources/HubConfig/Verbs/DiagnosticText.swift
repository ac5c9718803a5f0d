public import HubModel

/// Findings as a terminal shows them.
public enum DiagnosticText {
  /// `hub.yaml:12:7 error[unknown-key]: …`, the source line, a caret line, what to do.
  public static func render(_ diagnostic: Diagnostic) -> String {
    let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code)]: \(diagnostic.message)"
    var lines = [diagnostic.place.map { "\(printable($0.file, limit: 1000)):\($0.line):\($0.column) \(head)" } ?? head]
    if let place = diagnostic.place, let source = diagnostic.sourceLine {
      let number = String(place.line)
      let gutter = String(repeating: " ", count: number.count)
      lines.append(" \(number) | \(source)")
      lines.append(" \(gutter) | \(caret(place, under: source))")
    }
    if let hint = diagnostic.hint { lines.append("  hint: \(hint)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func caret(_ place: Diagnostic.Place, under source: String) -> String {
    let scalars = Array(source.unicodeScalars)
    // A tab stays a tab, or the caret would stand elsewhere.
    let indent = scalars.prefix(place.column - 1).map { $0 == "\t" ? "\t" : " " }
    let length = max(1, min(place.length, scalars.count - place.column + 1))
    return indent.joined() + String(repeating: "^", count: length)
  }
}
