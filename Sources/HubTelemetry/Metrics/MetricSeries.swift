internal import Synchronization

/// One series of a family: written to from any thread without a lock, read by a scrape.
public protocol MetricSeries: AnyObject, Sendable {
  /// A series of the family, at zero.
  init(definition: MetricDefinition)
  /// Appends the series' sample lines.
  func write(_ definition: MetricDefinition, values: [String], to text: inout PrometheusText)
}

/// A value that only grows.
public final class Counter: MetricSeries {
  // Whole increments are a single add; only fractions pay for a compare-and-swap loop.
  private let whole = Atomic<UInt64>(0)
  private let fraction = AtomicDouble()

  /// A counter at zero.
  public init(definition: MetricDefinition) {}

  /// Adds `count`.
  public func increment(by count: UInt64 = 1) {
    whole.wrappingAdd(count, ordering: .relaxed)
  }

  /// Adds a value that may be fractional; what is negative or not finite is ignored, since a counter never falls.
  public func add(_ value: Double) {
    guard value.isFinite, value >= 0 else { return }
    if let count = UInt64(exactly: value) { increment(by: count) } else { fraction.add(value) }
  }

  /// The sum so far.
  public var value: Double { Double(whole.load(ordering: .relaxed)) + fraction.value }

  /// Appends the one sample line.
  public func write(_ definition: MetricDefinition, values: [String], to text: inout PrometheusText) {
    text.sample(definition.name, definition.labels, values, value)
  }
}

/// A value that goes up and down.
public final class Gauge: MetricSeries {
  private let current = AtomicDouble()

  /// A gauge at zero.
  public init(definition: MetricDefinition) {}

  /// Replaces the value.
  public func set(_ value: Double) { current.set(value) }

  /// Adds `value`, which may be negative.
  public func add(_ value: Double) { current.add(value) }

  /// The value now.
  public var value: Double { current.value }

  /// Appends the one sample line.
  public func write(_ definition: MetricDefinition, values: [String], to text: inout PrometheusText) {
    text.sample(definition.name, definition.labels, values, value)
  }
}

/// Observations counted in buckets, with their sum.
public final class Histogram: MetricSeries {
  private let bounds: [Double]
  private let counts: [AtomicCount]
  private let sum = AtomicDouble()

  /// A histogram with no observation; its bounds are the definition's.
  public init(definition: MetricDefinition) {
    bounds = definition.buckets
    counts = (0...bounds.count).map { _ in AtomicCount() }
  }

  /// Counts one observation; NaN is ignored.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
    sum.add(value)
  }

  /// How many observations there were.
  public var count: UInt64 { counts.reduce(0) { $0 + $1.value } }

  /// Appends bucket, sum and count lines; the count is the last bucket's, so that one scrape agrees with itself.
  public func write(_ definition: MetricDefinition, values: [String], to text: inout PrometheusText) {
    let labels = definition.labels + ["le"]
    var cumulative: UInt64 = 0
    for (index, count) in counts.enumerated() {
      cumulative += count.value
      let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
      text.sample(definition.name + "_bucket", labels, values + [bound], Double(cumulative))
    }
    text.sample(definition.name + "_sum", definition.labels, values, sum.value)
    text.sample(definition.name + "_count", definition.labels, values, Double(cumulative))
  }
}

final class AtomicCount: Sendable {
  private let count = Atomic<UInt64>(0)

  func increment() { count.wrappingAdd(1, ordering: .relaxed) }

  var value: UInt64 { count.load(ordering: .relaxed) }
}

final class AtomicDouble: Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  func add(_ value: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let sum = Double(bitPattern: old) + value
      let (exchanged, current) = bits.weakCompareExchange(expected: old, desired: sum.bitPattern, ordering: .relaxed)
      if exchanged { return }
      old = current
    }
  }
}
