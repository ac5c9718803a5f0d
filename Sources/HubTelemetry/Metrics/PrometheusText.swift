/// Writes Prometheus text exposition format 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
public struct PrometheusText: Sendable {
  /// The `Content-Type` of what this writes.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The text so far, UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// An empty text.
  public init() {}

  mutating func header(_ definition: MetricDefinition) {
    bytes += "# HELP \(definition.name) ".utf8
    escape(definition.help, quotes: false)
    bytes += "\n# TYPE \(definition.name) \(definition.kind.rawValue)\n".utf8
  }

  mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
    bytes += name.utf8
    if !labels.isEmpty {
      var separator = UInt8(ascii: "{")
      for (label, text) in zip(labels, values) {
        bytes.append(separator)
        bytes += label.utf8
        bytes += "=\"".utf8
        escape(text, quotes: true)
        bytes.append(UInt8(ascii: "\""))
        separator = UInt8(ascii: ",")
      }
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: " "))
    bytes += Self.number(value).utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func escape(_ text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\"") where quotes: bytes += "\\\"".utf8
      default: bytes.append(byte)
      }
    }
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return value.description
  }
}
