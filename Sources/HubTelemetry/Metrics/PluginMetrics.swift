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

  private enum Series: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)

    func record(_ value: Double) {
      switch self {
      case .counter(let series): series.add(value)
      case .gauge(let series): series.set(value)
      case .histogram(let series): series.observe(value)
      }
    }
  }

  /// A series that was asked for by its one label before; the next one behind it.
  private final class Known: Sendable {
    let label: [UInt8]
    let series: Series
    let next = WriteOnce<Known>()

    init(_ label: UnsafeRawBufferPointer, _ series: Series) {
      self.label = Array(label)
      self.series = series
    }
  }

  private final class Slot: Sendable {
    let recorder: Recorder
    let labels: Int
    let known = WriteOnce<Known>()

    init(_ recorder: Recorder, labels: Int) {
      self.recorder = recorder
      self.labels = labels
    }
  }

  private final class Place: Sendable {
    let slot = WriteOnce<Slot>()
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
    series(slot, labels).record(value)
  }

  /// The same with one label, as the bytes it is: the first few labels of a metric are found without a text being made of them.
  public func record(_ metric: UInt32, _ value: Double, label: UnsafeRawBufferPointer) {
    guard metric >= 1, metric <= UInt32(places.count), let slot = places[Int(metric) - 1].slot.load(), slot.labels == 1 else {
      return refused.increment()
    }
    var (next, last, count) = (slot.known.load(), Known?.none, 0)
    while let entry = next {
      if entry.label.count == label.count, entry.label.elementsEqual(label) { return entry.series.record(value) }
      (next, last, count) = (entry.next.load(), entry, count + 1)
    }
    let series = series(slot, [String(decoding: label, as: UTF8.self)])
    if count < Self.knownLabels {
      let entry = Known(label, series)
      _ = last?.next.storeIfNil(entry) ?? slot.known.storeIfNil(entry)
    }
    series.record(value)
  }

  private static let knownLabels = 16

  private func series(_ slot: Slot, _ labels: [String]) -> Series {
    let values = [adapter] + labels
    return switch slot.recorder {
    case .counter(let family): .counter(family.with(values: values))
    case .gauge(let family): .gauge(family.with(values: values))
    case .histogram(let family): .histogram(family.with(values: values))
    }
  }

  /// How many recordings named an unknown metric or another number of labels.
  public var refusals: UInt64 { refused.value }
}
