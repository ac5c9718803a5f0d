public import HubModel
public import OrderedJSON

/// Findings as a program reads them.
public enum DiagnosticJSON {
  /// `{severity, code, message, file?, line?, column?, length?, hint?}`.
  public static func render(_ diagnostic: Diagnostic) -> JSONValue {
    var object: JSONObject = [
      "severity": .string(diagnostic.severity.rawValue), "code": .string(diagnostic.code), "message": .string(diagnostic.message),
    ]
    if let place = diagnostic.place {
      object["file"] = .string(place.file)
      for (name, number) in [("line", place.line), ("column", place.column), ("length", place.length)] {
        object[name] = .number(JSONNumber(Int64(number)))
      }
    }
    if let hint = diagnostic.hint { object["hint"] = .string(hint) }
    return .object(object)
  }
}
