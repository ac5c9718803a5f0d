import HubModel

/// Reads one file into a tree with its variables substituted.
struct SourceFile {
  let path: String
  let environment: [String: String]
  let report: Report

  /// The root; nil after reporting why there is none. `place` is that of the include that led here.
  func read(_ file: borrowing FileReader, includedAt place: Diagnostic.Place? = nil) -> ConfigNode? {
    guard file.isRegular else {
      report.error("unreadable-file", "\(printable(path)) is \(file.isFolder ? "a folder" : "not a regular file")", at: place)
      return nil
    }
    guard file.size <= SourceText.maxBytes else {
      report.error("too-large", "\(printable(path)) has \(file.size) bytes; a configuration has at most \(SourceText.maxBytes)", at: place)
      return nil
    }
    let bytes: [UInt8]
    do {
      bytes = try file.read(limit: SourceText.maxBytes)
    } catch {
      report.error("unreadable-file", "\(printable(path)): \(error)", at: place)
      return nil
    }
    guard let source = SourceText(bytes: bytes, file: path, report: report) else { return nil }
    report.add(source, file: path)
    let start = Diagnostic.Place(file: path, line: 1, column: 1)
    let hadErrors = report.hasErrors
    guard let root = YAMLComposer.compose(source.text, file: path, report: report) else {
      if place != nil { return ConfigNode(place: start, content: .mapping([])) }
      if !report.hasErrors || hadErrors { report.error("empty-file", "the file has no content", at: start, hint: "hub init writes one") }
      return nil
    }
    return Interpolation(environment: environment, report: report).expand(root)
  }
}
