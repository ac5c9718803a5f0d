/// A family of series of one kind. Keep what `with` answers where the label values are known beforehand.
public final class MetricFamily<Series: MetricSeries>: Sendable {
  /// What the family is.
  public let definition: MetricDefinition
  private let table: SeriesTable<Series>
  private let overflowed: AtomicCount

  init(_ definition: MetricDefinition, capacity: Int, overflowed: AtomicCount) {
    self.definition = definition
    self.overflowed = overflowed
    table = SeriesTable(definition, capacity: capacity)
  }

  /// The series with these label values, in the order of the definition's labels. Missing values are empty, spare ones ignored.
  public func with(_ values: String...) -> Series { with(values: values) }

  /// The series with these label values; see `with(_:)`.
  public func with(values: [String]) -> Series {
    let count = definition.labels.count
    let fitted = values.count == count ? values : Array((values + Array(repeating: "", count: count)).prefix(count))
    let (series, isOverflow) = table.series(fitted)
    if isOverflow { overflowed.increment() }
    return series
  }
}

extension MetricFamily: Exposable {
  func expose(to text: inout PrometheusText) {
    let all = table.all()
    guard !all.isEmpty else { return }
    text.header(definition)
    for (values, series) in all { series.write(definition, values: values, to: &text) }
  }
}

/// A family whose samples are read from their owner at each scrape.
final class CollectedFamily: Sendable {
  let definition: MetricDefinition
  private let read: @Sendable () -> [MetricSample]

  init(_ definition: MetricDefinition, read: @escaping @Sendable () -> [MetricSample]) {
    self.definition = definition
    self.read = read
  }
}

extension CollectedFamily: Exposable {
  func expose(to text: inout PrometheusText) {
    let samples = read()
    guard !samples.isEmpty else { return }
    text.header(definition)
    for sample in samples.sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) })
    where sample.labels.count == definition.labels.count {
      text.sample(definition.name, definition.labels, sample.labels, sample.value)
    }
  }
}

/// One value of a collected family.
public struct MetricSample: Sendable, Hashable {
  /// The label values, as many as the definition has labels.
  public let labels: [String]
  /// The value now.
  public let value: Double

  /// A sample; `labels` in the order of the definition.
  public init(_ value: Double, _ labels: String...) {
    self.labels = labels
    self.value = value
  }
}

protocol Exposable: AnyObject, Sendable {
  var definition: MetricDefinition { get }
  func expose(to text: inout PrometheusText)
}
