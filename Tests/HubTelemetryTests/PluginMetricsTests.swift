import HubTelemetry
import Testing

@Suite("Metrics of plugins")
struct PluginMetricsTests {
  @Test("a plugin's metrics are exposed under its adapter, and two adapters share a family")
  func recording() throws {
    let registry = MetricRegistry()
    let (one, two) = (PluginMetrics(adapter: "one", registry: registry), PluginMetrics(adapter: "two", registry: registry))
    let counter = try one.define(.counter, name: "calls_total", labels: ["kind"])
    one.record(counter, 2, labels: ["a"])
    two.record(try two.define(.counter, name: "calls_total", labels: ["kind"]), 3, labels: ["a"])
    one.record(try one.define(.gauge, name: "level", labels: []), 7.5, labels: [])
    one.record(try one.define(.histogram, name: "wait_seconds", labels: []), 0.2, labels: [])
    let families = try PrometheusParser(registry.text().bytes).families
    let calls = try #require(families["hub_plugin_calls_total"]).samples
    #expect(calls.map(\.labels) == [["adapter": "one", "kind": "a"], ["adapter": "two", "kind": "a"]] && calls.map(\.value) == [2, 3])
    #expect(families["hub_plugin_level"]?.samples.first?.value == 7.5)
    #expect(families["hub_plugin_wait_seconds"]?.samples.last?.value == 1)
  }

  @Test("one label may be given as bytes: it is the same series, however many labels there are")
  func bytes() throws {
    let registry = MetricRegistry()
    let metrics = PluginMetrics(adapter: "one", registry: registry)
    let counter = try metrics.define(.counter, name: "calls_total", labels: ["kind"])
    for _ in 0..<3 {
      for label in (0..<40).map({ "k\($0)" }) + [""] {
        Array(label.utf8).withUnsafeBytes { metrics.record(counter, 1, label: $0) }
        metrics.record(counter, 1, labels: [label])
      }
    }
    let calls = try #require(try PrometheusParser(registry.text().bytes).families["hub_plugin_calls_total"]).samples
    #expect(calls.count == 41 && calls.allSatisfy { $0.value == 6 })
    metrics.record(99, 1, label: UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(metrics.refusals == 1)
  }

  @Test("bad names, another kind of a name and too many metrics are refused; numbers start at 1")
  func refusals() throws {
    let metrics = PluginMetrics(adapter: "one", registry: MetricRegistry())
    #expect(try metrics.define(.counter, name: "a", labels: []) == 1)
    #expect(throws: MetricError.self) { try metrics.define(.gauge, name: "a", labels: []) }
    #expect(throws: MetricError.self) { try metrics.define(.counter, name: "a b", labels: []) }
    #expect(throws: MetricError.self) { try metrics.define(.counter, name: "b", labels: ["adapter"]) }
    for index in 1..<PluginMetrics.maximum { _ = try metrics.define(.counter, name: "n\(index)", labels: []) }
    #expect(throws: MetricError.self) { try metrics.define(.counter, name: "one_more", labels: []) }
  }

  @Test("unknown numbers and wrong label counts are counted and change nothing")
  func strayRecords() throws {
    let registry = MetricRegistry()
    let metrics = PluginMetrics(adapter: "one", registry: registry)
    let counter = try metrics.define(.counter, name: "a", labels: ["x"])
    for metric in [0, 2, 65, UInt32.max] { metrics.record(metric, 1, labels: ["v"]) }
    metrics.record(counter, 1, labels: [])
    metrics.record(counter, 1, labels: ["v", "w"])
    #expect(metrics.refusals == 6 && registry.text().bytes.isEmpty)
  }
}
