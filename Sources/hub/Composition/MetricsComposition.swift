import HubStore
import HubTelemetry
import RealtimeServer

/// The numbers that other parts keep, read at each scrape.
enum MetricsComposition {
  static func collect(_ journal: Journal, into registry: MetricRegistry) throws {
    let list = HubMetrics.Collected.self
    try registry.collect(list.journalBatches) { [MetricSample(Double(journal.counters.batches))] }
    try registry.collect(list.journalEvents) {
      let counters = journal.counters
      return [
        MetricSample(Double(counters.appended), "appended"), MetricSample(Double(counters.duplicates), "duplicate"),
        MetricSample(Double(counters.invalid), "invalid"), MetricSample(Double(counters.failed), "failed"),
      ]
    }
    try registry.collect(list.journalSequence) { [MetricSample(Double(journal.head))] }
    try registry.collect(list.journalQueue) { [MetricSample(Double(journal.queued))] }
  }

  static func collect(_ realtime: RealtimeServer, into registry: MetricRegistry) throws {
    let list = HubMetrics.Collected.self
    try registry.collect(list.connections) { [MetricSample(Double(realtime.counts().transports))] }
    try registry.collect(list.clients) { realtime.counts().byNamespace.map { MetricSample(Double($0.value), $0.key) } }
  }
}
