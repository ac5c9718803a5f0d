public import HubModel
public import OrderedJSON

/// What `hub check` prints.
public struct CheckReport: Sendable {
  /// The file as the user named it.
  public let file: String
  /// Every finding.
  public let diagnostics: [Diagnostic]

  /// The report on a load.
  public init(file: String, result: LoadResult) {
    self.file = file
    diagnostics = result.diagnostics
  }

  /// How many errors there are.
  public var errors: Int { diagnostics.count { $0.severity == .error } }
  /// How many warnings there are.
  public var warnings: Int { diagnostics.count { $0.severity == .warning } }
  /// 0, or 3 for an invalid configuration.
  public var exitCode: Int32 { errors == 0 ? 0 : 3 }

  /// For people.
  public var text: String {
    let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    let summary = counts.isEmpty ? "ok" : (errors == 0 ? "ok, " : "") + counts.joined(separator: ", ")
    return diagnostics.map(DiagnosticText.render).joined() + "\(printable(file, limit: 1000)): \(summary)\n"
  }

  /// For programs: `{file, ok, errors, warnings, diagnostics}`.
  public var json: JSONValue {
    [
      "file": .string(file), "ok": .bool(errors == 0), "errors": .number(JSONNumber(Int64(errors))),
      "warnings": .number(JSONNumber(Int64(warnings))), "diagnostics": .array(diagnostics.map(DiagnosticJSON.render)),
    ]
  }
}
