internal import Synchronization

/// Every family of the process. Defining takes a lock; recording never does.
public final class MetricRegistry: Sendable {
  /// Series one family may have before further label values share one series.
  public static let defaultSeriesPerFamily = 500

  private let families = Mutex<[String: any Exposable]>([:])
  private let overflowed = AtomicCount()
  private let seriesPerFamily: Int
  private let maximumFamilies: Int

  /// An empty registry.
  public init(seriesPerFamily: Int = MetricRegistry.defaultSeriesPerFamily, maximumFamilies: Int = 1000) {
    self.seriesPerFamily = seriesPerFamily
    self.maximumFamilies = maximumFamilies
  }

  /// A family of counters. Equal definitions share one family.
  public func counter(_ name: String, _ help: String, labels: [String] = []) throws(MetricError) -> MetricFamily<Counter> {
    try family(MetricDefinition(.counter, name, help, labels: labels))
  }

  /// A family of gauges. Equal definitions share one family.
  public func gauge(_ name: String, _ help: String, labels: [String] = []) throws(MetricError) -> MetricFamily<Gauge> {
    try family(MetricDefinition(.gauge, name, help, labels: labels))
  }

  /// A family of histograms. Equal definitions share one family.
  public func histogram(
    _ name: String, _ help: String, labels: [String] = [], buckets: [Double] = MetricDefinition.seconds
  ) throws(MetricError) -> MetricFamily<Histogram> {
    try family(MetricDefinition(.histogram, name, help, labels: labels, buckets: buckets))
  }

  /// A counter or gauge whose samples `read` gives at each scrape, from any thread. It replaces an earlier reader of the same definition.
  public func collect(_ definition: MetricDefinition, read: @escaping @Sendable () -> [MetricSample]) throws(MetricError) {
    try definition.validate()
    guard definition.kind != .histogram else { throw MetricError(.conflict, definition.name) }
    try add(CollectedFamily(definition, read: read)) { (old: any Exposable) in old is CollectedFamily ? .replace : .refuse }
  }

  /// How often label values found their family full.
  public var overflows: UInt64 { overflowed.value }

  /// The definitions in the order of their names.
  public var definitions: [MetricDefinition] {
    families.withLock { $0.values.map(\.definition) }.sorted { $0.name < $1.name }
  }

  /// The whole text for a scrape, families in the order of their names; a family without series is left out.
  public func text() -> PrometheusText {
    // Readers of collected families run outside the lock: they may take locks of their own.
    let all = families.withLock { Array($0.values) }.sorted { $0.definition.name < $1.definition.name }
    var text = PrometheusText()
    for family in all { family.expose(to: &text) }
    return text
  }

  func family<Series: MetricSeries>(_ definition: MetricDefinition) throws(MetricError) -> MetricFamily<Series> {
    try definition.validate()
    let made = MetricFamily<Series>(definition, capacity: seriesPerFamily, overflowed: overflowed)
    let kept = try add(made) { (old: any Exposable) in old is MetricFamily<Series> ? .keep : .refuse }
    guard let family = kept as? MetricFamily<Series> else { throw MetricError(.conflict, definition.name) }
    return family
  }

  private enum Meeting {
    case keep
    case replace
    case refuse
  }

  @discardableResult
  private func add(_ family: any Exposable, meeting: (any Exposable) -> Meeting) throws(MetricError) -> any Exposable {
    let name = family.definition.name
    let result: Result<any Exposable, MetricError> = families.withLock { families in
      guard let old = families[name] else {
        guard families.count < maximumFamilies else { return .failure(MetricError(.full, name)) }
        families[name] = family
        return .success(family)
      }
      guard old.definition == family.definition else { return .failure(MetricError(.conflict, name)) }
      switch meeting(old) {
      case .keep: return .success(old)
      case .replace:
        families[name] = family
        return .success(family)
      case .refuse: return .failure(MetricError(.conflict, name))
      }
    }
    return try result.get()
  }
}
