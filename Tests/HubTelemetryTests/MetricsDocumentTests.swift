import Foundation
import HubTelemetry
import Testing

@Suite("docs/metrics.md")
struct MetricsDocumentTests {
  private func text() throws -> String {
    let definitions = try HubMetrics().registry.definitions + HubMetrics.Collected.all
    let rows = definitions.sorted { $0.name < $1.name }.map { definition in
      let labels = definition.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(definition.name)` | \(definition.kind.rawValue) | \(labels.isEmpty ? "–" : labels) | \(definition.help) |"
    }
    return """
      # Metrics

      Generated from `Sources/HubTelemetry/Metrics/HubMetrics.swift`; `HUB_WRITE_DOCS=1 swift test --filter Document` writes it.

      `GET /metrics` of the admin listener answers Prometheus text format 0.0.4. The list is closed; a plugin's own metrics are
      `hub_plugin_<name>` with the label `adapter` first. A family has at most \(MetricRegistry.defaultSeriesPerFamily) series; further label
      values share one whose values are all `other`, counted in `hub_metric_overflows_total`. No label holds what a client or provider can
      choose at will. A family without a series yet is left out.

      | name | kind | labels | meaning |
      | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      """
  }

  @Test("the page is what the closed list says")
  func page() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent("docs/metrics.md").path
    let text = try text()
    if ProcessInfo.processInfo.environment["HUB_WRITE_DOCS"] != nil { try text.write(toFile: path, atomically: true, encoding: .utf8) }
    #expect((try? String(contentsOfFile: path, encoding: .utf8)) == text, "stale: run HUB_WRITE_DOCS=1 swift test --filter Document")
  }

  @Test("names follow Prometheus' conventions")
  func conventions() throws {
    for definition in try HubMetrics().registry.definitions + HubMetrics.Collected.all {
      #expect(definition.name.hasPrefix("hub_") || definition.name.hasPrefix("process_"))
      #expect((definition.kind == .counter) == definition.name.hasSuffix("_total"), "\(definition.name)")
      #expect(definition.help.hasSuffix(".") && !definition.name.hasPrefix("hub_plugin_"))
    }
  }
}
