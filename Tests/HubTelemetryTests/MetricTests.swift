import HubTelemetry
import Testing

@Suite("Metrics")
struct MetricTests {
  private func parse(_ registry: MetricRegistry) throws -> [String: PrometheusParser.Family] {
    try PrometheusParser(registry.text().bytes).families
  }

  @Test("counters, gauges and histograms are spelled as text format 0.0.4")
  func exactText() throws {
    let registry = MetricRegistry()
    try registry.counter("requests_total", "Requests.", labels: ["path"]).with("/a").increment(by: 3)
    try registry.gauge("level", "Level.").with().set(-1.5)
    let histogram = try registry.histogram("wait_seconds", "Wait.", buckets: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 7] { histogram.with().observe(value) }
    let expected = """
      # HELP level Level.
      # TYPE level gauge
      level -1.5
      # HELP requests_total Requests.
      # TYPE requests_total counter
      requests_total{path="/a"} 3
      # HELP wait_seconds Wait.
      # TYPE wait_seconds histogram
      wait_seconds_bucket{le="0.1"} 2
      wait_seconds_bucket{le="1"} 3
      wait_seconds_bucket{le="+Inf"} 4
      wait_seconds_sum 7.65
      wait_seconds_count 4

      """
    #expect(String(decoding: registry.text().bytes, as: UTF8.self) == expected)
  }

  @Test("label values and help of any content come back from a strict parser as they were")
  func escaping() throws {
    let registry = MetricRegistry()
    let hostile = ["\"", "\\", "\n", "a\\nb", "}", ",", "{x=\"y\"} 1", "çãé🙂", "", " ", "# HELP x", "\\\"\n\\"]
    let family = try registry.counter("hostile_total", "Back\\slash and\nline \"feed\".", labels: ["v"])
    for (index, value) in hostile.enumerated() { family.with(value).increment(by: UInt64(index)) }
    let parsed = try #require(try parse(registry)["hostile_total"])
    #expect(parsed.help == "Back\\slash and\nline \"feed\".")
    for (index, value) in hostile.enumerated() { #expect(parsed.samples.contains { $0.labels["v"] == value && $0.value == Double(index) }) }
  }

  @Test("numbers of every kind are readable")
  func numbers() throws {
    let registry = MetricRegistry()
    let family = try registry.gauge("n", "N.", labels: ["i"])
    let values = [0, -0.0, 1e-12, 1.7e308, .leastNonzeroMagnitude, 9_007_199_254_740_992, .infinity, -.infinity]
    for (index, value) in values.enumerated() { family.with("\(index)").set(value) }
    for sample in try #require(try parse(registry)["n"]).samples {
      let index = try #require(sample.labels["i"].flatMap(Int.init))
      #expect(sample.value == values[index])
    }
    family.with("nan").set(.nan)
    #expect(try #require(try parse(registry)["n"]).samples.contains { $0.value.isNaN })
  }

  @Test("a counter never falls, adds fractions, and ignores what is no number")
  func counter() throws {
    let counter = try MetricRegistry().counter("c_total", "C.").with()
    for value in [1, 0.5, -3, .nan, .infinity, 2] { counter.add(value) }
    #expect(counter.value == 3.5)
  }

  @Test("a full family sends further label values to one shared series and counts them")
  func cardinality() throws {
    let registry = MetricRegistry(seriesPerFamily: 10)
    let family = try registry.counter("c_total", "C.", labels: ["user"])
    for index in 0..<1000 { family.with("\(index)").increment() }
    let samples = try #require(try parse(registry)["c_total"]).samples
    #expect(samples.count == 11 && registry.overflows == 990)
    #expect(samples.last?.labels == ["user": "other"] && samples.last?.value == 990)
  }

  @Test("threads that meet on the same new series lose no increment")
  func concurrency() async throws {
    let registry = MetricRegistry(seriesPerFamily: 40)
    let family = try registry.counter("c_total", "C.", labels: ["a"])
    let sum = try registry.gauge("g", "G.").with()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for step in 0..<2000 {
            family.with("\((step + task) % 50)").increment()
            sum.add(0.5)
          }
        }
      }
    }
    let samples = try #require(try parse(registry)["c_total"]).samples
    #expect(samples.count == 41 && samples.map(\.value).reduce(0, +) == 16_000 && sum.value == 8000)
  }

  @Test("equal definitions share a family; a name taken otherwise and bad names are refused")
  func definitions() throws {
    let registry = MetricRegistry()
    try registry.counter("a_total", "A.", labels: ["x"]).with("1").increment()
    try registry.counter("a_total", "A.", labels: ["x"]).with("1").increment()
    #expect(try parse(registry)["a_total"]?.samples.first?.value == 2)
    func code(_ body: () throws -> Void) -> MetricError.Code? {
      do { try body() } catch { return (error as? MetricError)?.code }
      return nil
    }
    #expect(code { _ = try registry.gauge("a_total", "A.", labels: ["x"]) } == .conflict)
    #expect(code { _ = try registry.counter("a_total", "A.", labels: ["y"]) } == .conflict)
    for bad in ["", "1a", "a-b", "a b", "a\n", "é"] { #expect(code { _ = try registry.counter(bad, "") } == .badName, "\(bad)") }
    for bad in [["__x"], ["a", "a"], ["a:b"], [""]] { #expect(code { _ = try registry.counter("b", "", labels: bad) } == .badLabel) }
    #expect(code { _ = try registry.histogram("h", "", labels: ["le"]) } == .badLabel)
    for bad in [[], [2, 1], [1, 1], [.infinity]] { #expect(code { _ = try registry.histogram("h", "", buckets: bad) } == .badBuckets) }
  }

  @Test("collected values are read at each scrape, and too many label values are left out")
  func collected() throws {
    let registry = MetricRegistry()
    let source = try MetricRegistry().counter("source", "").with()
    try registry.collect(MetricDefinition(.gauge, "g", "G.", labels: ["k"])) {
      [MetricSample(source.value, "b"), MetricSample(1, "a"), MetricSample(9), MetricSample(9, "x", "y")]
    }
    source.increment(by: 5)
    #expect(try parse(registry)["g"]?.samples.map(\.value) == [1, 5])
    source.increment()
    #expect(try parse(registry)["g"]?.samples.map(\.value) == [1, 6])
  }

  @Test("the hub's list and the process metrics define without conflict and read as text")
  func hubList() throws {
    let metrics = try HubMetrics()
    let logs = LogOutput { _ in }
    try ProcessMetrics.collect(into: metrics.registry, logs: logs, version: "1.2.3", startedAt: 1_700_000_000_000)
    metrics.events.with("meta-main", "stored").increment()
    metrics.ingestSeconds.with("meta-main").observe(0.004)
    let families = try parse(metrics.registry)
    #expect(families["hub_build_info"]?.samples.first?.labels == ["version": "1.2.3"])
    #expect(families["process_start_time_seconds"]?.samples.first?.value == 1_700_000_000)
    #expect(try #require(families["process_resident_memory_bytes"]?.samples.first).value > 1_000_000)
    #expect(try #require(families["process_open_fds"]?.samples.first).value >= 3)
    #expect(families["hub_events_total"]?.samples.first?.labels == ["channel": "meta-main", "outcome": "stored"])
  }
}
