/// What one family of series is on `/metrics`: name, kind, help, label names and, for a histogram, its bucket bounds.
///
/// Source: Prometheus data model and text exposition format 0.0.4.
public struct MetricDefinition: Sendable, Hashable {
  /// The kinds of text format 0.0.4 the hub uses.
  public enum Kind: String, Sendable, Hashable {
    /// Only grows; resets with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations in cumulative buckets.
    case histogram
  }

  /// Bounds in seconds for durations from 1 ms to 10 s.
  public static let seconds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// The family's name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  public let name: String
  /// Counter, gauge or histogram.
  public let kind: Kind
  /// One sentence for the reader of `/metrics` and `docs/metrics.md`.
  public let help: String
  /// Label names, in the order in which values are given.
  public let labels: [String]
  /// Upper bounds of a histogram's buckets, ascending, without `+Inf`; empty otherwise.
  public let buckets: [Double]

  /// A definition; it is checked when a registry takes it.
  public init(_ kind: Kind, _ name: String, _ help: String, labels: [String] = [], buckets: [Double] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
    self.buckets = buckets
  }

  /// Refuses what Prometheus would refuse: a bad or reserved name, doubled labels, unordered buckets.
  func validate() throws(MetricError) {
    guard Self.isName(name, colons: true) else { throw MetricError(.badName, name) }
    var seen: Set<String> = []
    for label in labels {
      let reserved = label.hasPrefix("__") || (kind == .histogram && label == "le")
      guard Self.isName(label, colons: false), !reserved, seen.insert(label).inserted else { throw MetricError(.badLabel, label) }
    }
    guard (kind == .histogram) == !buckets.isEmpty else { throw MetricError(.badBuckets, name) }
    let ascending = zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 }
    guard ascending, buckets.allSatisfy(\.isFinite) else { throw MetricError(.badBuckets, name) }
  }

  static func isName(_ name: String, colons: Bool) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 128, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
      case 0x3A: colons
      default: false
      }
    }
  }
}

/// Why a registry refused a definition.
public struct MetricError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of refusal.
  public enum Code: String, Sendable, Hashable {
    /// The name is not a metric name.
    case badName
    /// A label name is malformed, reserved or given twice.
    case badLabel
    /// Bucket bounds are missing, unordered or not finite.
    case badBuckets
    /// The name is taken by a family of another kind, help or label set.
    case conflict
    /// The registry holds as many families as it takes.
    case full
  }

  /// The kind of refusal.
  public let code: Code
  /// The name it is about.
  public let name: String

  init(_ code: Code, _ name: String) {
    self.code = code
    self.name = name
  }

  /// For logs: code and name.
  public var description: String { "metric \(name): \(code.rawValue)" }
}
