import HubStore
import HubTelemetry
import RealtimeServer

/// The numbers that other parts keep, read at each scrape.
enum MetricsComposition {
  private typealias Metric = HubMetrics.Collected

  static func collect(_ journal: Journal, _ realtime: RealtimeServer, _ listener: HTTPListener, into registry: MetricRegistry) throws {
    try collect(journal, into: registry)
    try collect(realtime, into: registry)
    try registry.collect(Metric.listenerConnections) { [MetricSample(Double(listener.counters.open))] }
    try registry.collect(Metric.listenerRefusals) {
      let counters = listener.counters
      return samples([
        ("full", counters.refusedFull), ("address_full", counters.refusedAddress), ("malformed", counters.malformed),
        ("too_large", counters.tooLarge), ("bodies_full", counters.bodiesFull), ("rate_limited", counters.rateLimited),
        ("timeout", counters.timeouts),
        ("aborted", counters.aborted), ("slow", counters.slow),
        ("websocket_violation", counters.violations),
      ])
    }
    try registry.collect(Metric.listenerPauses) {
      let counters = listener.counters
      return samples([("descriptors", counters.descriptorPauses), ("memory", counters.memoryPauses)])
    }
  }

  private static func collect(_ journal: Journal, into registry: MetricRegistry) throws {
    try registry.collect(Metric.journalBatches) { [MetricSample(Double(journal.counters.batches))] }
    try registry.collect(Metric.journalEvents) {
      let counters = journal.counters
      return samples([
        ("appended", counters.appended), ("duplicate", counters.duplicates), ("invalid", counters.invalid), ("failed", counters.failed),
      ])
    }
    try registry.collect(Metric.journalDrops) {
      let counters = journal.counters
      return samples([
        ("refused", counters.refused), ("volatile", counters.volatileDropped), ("held_status", counters.statusesDropped),
        ("damaged", counters.damaged),
      ])
    }
    try registry.collect(Metric.journalIsolated) { [MetricSample(Double(journal.counters.isolatedBatches))] }
    try registry.collect(Metric.journalReopened) { [MetricSample(Double(journal.counters.reopened))] }
    try registry.collect(Metric.journalSequence) { [MetricSample(Double(journal.head))] }
    try registry.collect(Metric.outboxRows) { ((try? journal.outboxDepths()) ?? []).map { MetricSample(Double($0.count), $0.state) } }
    try registry.collect(Metric.outboxAge) {
      let now = SystemClock.now()
      return ((try? journal.outboxDepths()) ?? []).map { MetricSample(Double(max(0, now - $0.oldestMs)) / 1000, $0.state) }
    }
    try registry.collect(Metric.echoesHeld) { [MetricSample(Double(journal.counters.echoesHeld))] }
    try registry.collect(Metric.echoesGivenUp) { [MetricSample(Double(journal.counters.echoesGivenUp))] }
    try registry.collect(Metric.journalQueue) { [MetricSample(Double(journal.queued))] }
  }

  private static func collect(_ realtime: RealtimeServer, into registry: MetricRegistry) throws {
    try registry.collect(Metric.connections) { [MetricSample(Double(realtime.counts().transports))] }
    try registry.collect(Metric.clients) { realtime.counts().byNamespace.map { MetricSample(Double($0.value), $0.key) } }
    try registry.collect(Metric.realtimePackets) {
      let counters = realtime.counters()
      return samples([("in", counters.packetsIn), ("out", counters.packetsOut)])
    }
    try registry.collect(Metric.realtimeBytes) {
      let counters = realtime.counters()
      return samples([("in", counters.bytesIn), ("out", counters.bytesOut)])
    }
    try registry.collect(Metric.realtimeDrops) {
      let counters = realtime.counters()
      return samples([
        ("volatile", counters.droppedVolatile), ("rate_limited", counters.droppedRateLimited), ("slow", counters.closedSlow),
        ("protocol_error", counters.protocolErrors), ("refused_connect", counters.refusedConnects),
        ("refused_session", counters.refusedSessions), ("origin_refused", counters.refusedOrigins),
        ("recovery_session", counters.droppedRecoverySessions), ("recovery_packet", counters.droppedRecoveryPackets),
      ])
    }
  }

  private static func samples(_ counts: [(String, Int)]) -> [MetricSample] {
    counts.map { MetricSample(Double($0.1), $0.0) }
  }
}
