internal import Synchronization

/// The metrics of one adapter, as `hub.metric/1` gives them to a plugin: `hub_plugin_<name>{adapter="…",…}`.
///
/// Adapters that define one name alike share the family. Recording takes no lock.
public final class PluginMetrics: Sendable {
  /// The most metrics one adapter defines.
  public static let maximum = 64

  private enum Recorder: Sendable {
    case counter(MetricFamily<Counter>)
    case gauge(MetricFamily<Gauge>)
    case histogram(MetricFamily<Histogram>)
  }

  private final class Slot: Sendable {
    let recorder: Recorder
    let labels: Int

    init(_ recorder: Recorder, labels: Int) {
      self.recorder = recorder
      self.labels = labels
    }
  }

  private final class Place: Sendable {
    let slot = AtomicLazyReference<Slot>()
  }

  private let adapter: String
  private let registry: MetricRegistry
  private let places = (0..<PluginMetrics.maximum).map { _ in Place() }
  private let used = Atomic<Int>(0)
  private let refused = AtomicCount()

  /// The metrics of this adapter.
  public init(adapter: String, registry: MetricRegistry) {
    self.adapter = adapter
    self.registry = registry
  }

  /// Defines a metric; its number from 1 on, for `record`.
  ///
  /// - Parameter name: without `hub_plugin_`.
  /// - Throws: why it is refused; the ABI answers 0.
  public func define(_ kind: MetricDefinition.Kind, name: String, labels: [String]) throws(MetricError) -> UInt32 {
    let definition = MetricDefinition(
      kind, "hub_plugin_\(name)", "Defined by a plugin.", labels: ["adapter"] + labels,
      buckets: kind == .histogram ? MetricDefinition.seconds : [])
    let recorder: Recorder =
      switch kind {
      case .counter: .counter(try registry.family(definition))
      case .gauge: .gauge(try registry.family(definition))
      case .histogram: .histogram(try registry.family(definition))
      }
    let index = used.wrappingAdd(1, ordering: .relaxed).oldValue
    guard index < places.count else {
      used.wrappingSubtract(1, ordering: .relaxed)
      throw MetricError(.full, name)
    }
    _ = places[index].slot.storeIfNil(Slot(recorder, labels: labels.count))
    return UInt32(index + 1)
  }

  /// Records a value: adds to a counter, sets a gauge, observes in a histogram. What doesn't fit is counted and ignored.
  public func record(_ metric: UInt32, _ value: Double, labels: [String]) {
    guard metric >= 1, metric <= UInt32(places.count), let slot = places[Int(metric) - 1].slot.load(), slot.labels == labels.count else {
      return refused.increment()
    }
    let values = [adapter] + labels
    switch slot.recorder {
    case .counter(let family): family.with(values: values).add(value)
    case .gauge(let family): family.with(values: values).set(value)
    case .histogram(let family): family.with(values: values).observe(value)
    }
  }

  /// How many recordings named an unknown metric or another number of labels.
  public var refusals: UInt64 { refused.value }
}
