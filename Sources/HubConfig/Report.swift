import HubModel

/// Collects the findings of one load, and keeps the sources so that each finding can show its line.
///
/// One load uses one report on one thread.
final class Report {
  /// So that a hostile file of a million mistakes costs a bounded answer.
  static let maxDiagnostics = 1000
  private static let maxLineLength = 400

  private var found: [Diagnostic] = []
  private var dropped = 0
  private var droppedError = false
  private var sources: [String: SourceText] = [:]
  private var fileOrder: [String] = []
  /// The place of a key's first occurrence by that of a later one in the same mapping, which is never read.
  private(set) var repeated: [Diagnostic.Place: Diagnostic.Place] = [:]
  private var masked: [String: [Int: [Diagnostic.Place]]] = [:]

  var hasErrors: Bool { droppedError || found.contains { $0.severity == .error } }

  func add(_ source: SourceText, file: String) {
    sources[file] = source
    fileOrder.append(file)
  }

  /// Message and hint are made only when the finding is kept.
  func error(_ code: String, _ message: @autoclosure () -> String, at place: Diagnostic.Place?, hint: @autoclosure () -> String? = nil) {
    add(.error, code, message, place, hint)
  }

  func warning(_ code: String, _ message: @autoclosure () -> String, at place: Diagnostic.Place?, hint: @autoclosure () -> String? = nil) {
    add(.warning, code, message, place, hint)
  }

  func duplicate(_ key: String, at place: Diagnostic.Place, first: Diagnostic.Place) {
    repeated[place] = first
    error("duplicate-key", "key \(quoted(key)) is given twice; first at \(first.file):\(first.line):\(first.column)", at: place)
  }

  /// Hides what stands at this place in every source line shown.
  func mask(_ place: Diagnostic.Place) { masked[place.file, default: [:]][place.line, default: []].append(place) }

  func character(at place: Diagnostic.Place) -> Unicode.Scalar? {
    guard let line = line(at: place) else { return nil }
    return line.unicodeScalars.dropFirst(place.column - 1).first
  }

  func lineHasVariable(at place: Diagnostic.Place) -> Bool { line(at: place)?.contains("${") ?? false }

  /// All findings in the order of the files and lines, those without a place first.
  func diagnostics() -> [Diagnostic] {
    let order = Dictionary(fileOrder.enumerated().map { ($1, $0) }) { first, _ in first }
    func rank(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
      guard let place = diagnostic.place else { return (-1, 0, 0) }
      return (order[place.file] ?? fileOrder.count, place.line, place.column)
    }
    let sorted = found.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
    var all = sorted.map { withSourceLine($0.element) }
    if dropped > 0 {
      all.append(Diagnostic(droppedError ? .error : .warning, code: "too-many-findings", "\(dropped) further findings are not shown"))
    }
    return all
  }

  private func add(
    _ severity: Diagnostic.Severity, _ code: String, _ message: () -> String, _ place: Diagnostic.Place?, _ hint: () -> String?
  ) {
    guard found.count < Self.maxDiagnostics else {
      dropped += 1
      droppedError = droppedError || severity == .error
      return
    }
    found.append(Diagnostic(severity, code: code, message(), place: place, hint: hint()))
  }

  private func line(at place: Diagnostic.Place) -> Substring? {
    guard let lines = sources[place.file]?.lines, lines.indices.contains(place.line - 1) else { return nil }
    return lines[place.line - 1]
  }

  private func withSourceLine(_ diagnostic: Diagnostic) -> Diagnostic {
    guard let place = diagnostic.place, let line = line(at: place), line.utf8.count <= Self.maxLineLength else { return diagnostic }
    var scalars = Array(line.unicodeScalars)
    for mask in masked[place.file]?[place.line] ?? [] {
      // A length of 1 is also that of a scalar over several lines: its first line is hidden to the end.
      let end = mask.length > 1 ? min(scalars.count, mask.column - 1 + mask.length) : scalars.count
      for index in scalars.indices where index >= mask.column - 1 && index < end { scalars[index] = "*" }
    }
    var shown = String.UnicodeScalarView()
    for scalar in scalars {
      shown.append(scalar != "\t" && scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return Diagnostic(
      diagnostic.severity, code: diagnostic.code, diagnostic.message, place: place, sourceLine: String(shown), hint: diagnostic.hint)
  }
}

private func < (left: ((Int, Int, Int), Int), right: ((Int, Int, Int), Int)) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
