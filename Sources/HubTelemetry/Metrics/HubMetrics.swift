/// The closed list of the hub's own metrics. docs/metrics.md is generated from it; plugins add theirs as `hub_plugin_…`.
///
/// Families of parts that don't import this module are read at each scrape: give the reader to `registry.collect` with the
/// definition of `HubMetrics.Collected`.
public struct HubMetrics: Sendable {
  /// Everything that is exposed.
  public let registry: MetricRegistry

  // MARK: the way in

  /// Events that channels emitted, by what became of them: `stored`, `duplicate`, `invalid`, `unknown_account`, `overloaded`, `failed`.
  public let events: MetricFamily<Counter>
  /// From a channel's emit to the answer that the event is on disk.
  public let ingestSeconds: MetricFamily<Histogram>

  // MARK: the way out

  /// Events a sink has taken.
  public let sinkEvents: MetricFamily<Counter>
  /// Deliveries a sink refused and that are tried again.
  public let sinkRetries: MetricFamily<Counter>
  /// The journal sequence a sink has reached.
  public let sinkSequence: MetricFamily<Gauge>

  // MARK: messages to send

  /// Messages the outbox accepted.
  public let outboxAccepted: MetricFamily<Counter>
  /// Attempts to send, by what became of them: `accepted`, `retry`, `rejected`, `unknown`, `down`, `not_taken`, `unreadable`,
  /// `unsettled`.
  public let outboxAttempts: MetricFamily<Counter>
  /// Messages that an operator had sent again, or at once.
  public let outboxRetried: MetricFamily<Counter>

  // MARK: plugins

  /// 1 for the state an adapter is in.
  public let adapterState: MetricFamily<Gauge>
  /// Answers of an adapter that nobody waited for, by reason: `repeated`, `late`, `unknown`.
  public let adapterStrayAnswers: MetricFamily<Counter>

  // MARK: upstreams

  /// Namespaces of upstream connections, by state: `joined`, `waiting`.
  public let upstreamNamespaces: MetricFamily<Gauge>
  /// Upstream connections that ended or could not be had, by reason.
  public let upstreamEnds: MetricFamily<Counter>
  /// Tries to join a namespace that the server refused.
  public let upstreamRefusals: MetricFamily<Counter>
  /// Events that upstreams sent.
  public let upstreamEvents: MetricFamily<Counter>
  // MARK: requests to outside

  /// Requests of adapters to outside, by what became of them.
  public let outboundRequests: MetricFamily<Counter>
  /// From a request to outside to the end of its answer.
  public let outboundSeconds: MetricFamily<Histogram>

  // MARK: media

  /// Requests for media, by what became of them.
  public let mediaRequests: MetricFamily<Counter>
  /// Bytes of media, by way: `uploaded`, `shown`.
  public let mediaBytes: MetricFamily<Counter>

  // MARK: refusals and losses

  /// Everything that was dropped, by stage and reason.
  public let drops: MetricFamily<Counter>
  /// Credentials judged: `accepted`, `missing`, `invalid`, `expired`.
  public let authentications: MetricFamily<Counter>

  // MARK: http

  /// Requests that routes answered, by status.
  public let httpRequests: MetricFamily<Counter>
  /// From a complete request to its route's answer.
  public let httpSeconds: MetricFamily<Histogram>

  /// Defines the list in a registry.
  ///
  /// - Throws: `conflict` when a name is taken.
  public init(registry: MetricRegistry = MetricRegistry()) throws(MetricError) {
    self.registry = registry
    events = try registry.counter(
      "hub_events_total",
      "Events channels emitted, by what became of them: stored, duplicate, invalid, unknown_account, overloaded, failed.",
      labels: ["channel", "outcome"])
    ingestSeconds = try registry.histogram(
      "hub_ingest_seconds", "From a channel's emit to the answer that the event is synced to disk.", labels: ["channel"])
    sinkEvents = try registry.counter("hub_sink_events_total", "Events a sink has taken.", labels: ["sink"])
    sinkRetries = try registry.counter("hub_sink_retries_total", "Deliveries a sink refused and that are tried again.", labels: ["sink"])
    sinkSequence = try registry.gauge("hub_sink_sequence", "The journal sequence a sink has reached.", labels: ["sink"])
    outboxAccepted = try registry.counter("hub_outbox_accepted_total", "Messages to send that were accepted.", labels: ["channel"])
    outboxAttempts = try registry.counter(
      "hub_outbox_attempts_total",
      "Attempts to send, by what became of them: accepted, retry, rejected, unknown, down, not_taken (the channel did not run), "
        + "unreadable (its row cannot be read), unsettled (what became of it cannot be stored).",
      labels: ["channel", "outcome"])
    outboxRetried = try registry.counter(
      "hub_outbox_retried_total", "Messages that an operator had sent again, or at once.", labels: ["channel"])
    adapterState = try registry.gauge(
      "hub_adapter_state", "1 for the state an adapter is in, 0 for the others.", labels: ["adapter", "plugin", "state"])
    adapterStrayAnswers = try registry.counter(
      "hub_adapter_stray_answers_total", "Answers of an adapter that nobody waited for, by reason: repeated, late, unknown.",
      labels: ["adapter", "reason"])
    upstreamNamespaces = try registry.gauge(
      "hub_upstream_namespaces", "Namespaces of upstream connections, by state: joined, waiting.", labels: ["adapter", "state"])
    upstreamEnds = try registry.counter(
      "hub_upstream_ends_total",
      "Upstream connections that ended or could not be had, by reason: unreachable, tls, invalid, refused, lost, silent, closed, violation, stopped.",
      labels: ["adapter", "reason"])
    upstreamRefusals = try registry.counter(
      "hub_upstream_refusals_total", "Tries to join a namespace that the upstream refused.", labels: ["adapter"])
    upstreamEvents = try registry.counter("hub_upstream_events_total", "Events that upstreams sent.", labels: ["adapter"])
    outboundRequests = try registry.counter(
      "hub_outbound_requests_total",
      "Requests of adapters to outside, by what became of them: 2xx to 5xx, invalid, egress, busy, unsupported, guarded, unresolved, unreachable, tls, "
        + "timeout, broken, too_large, file, cancelled.",
      labels: ["adapter", "outcome"])
    outboundSeconds = try registry.histogram(
      "hub_outbound_seconds", "From an adapter's request to outside to the end of its answer.", labels: ["adapter"])
    mediaRequests = try registry.counter(
      "hub_media_requests_total",
      "Requests for media, by what became of them: shown, unchanged, bad_range, forged, expired, not_found, unavailable, failed, altered, "
        + "too_large, busy, storage.",
      labels: ["outcome"])
    mediaBytes = try registry.counter("hub_media_bytes_total", "Bytes of media, by way: uploaded, shown.", labels: ["way"])
    drops = try registry.counter("hub_drops_total", "Everything that was dropped, by stage and reason.", labels: ["stage", "reason"])
    authentications = try registry.counter(
      "hub_authentications_total", "Credentials judged: accepted, missing, invalid, expired.", labels: ["outcome"])
    httpRequests = try registry.counter("hub_http_requests_total", "Requests that routes answered, by status.", labels: ["status"])
    httpSeconds = try registry.histogram("hub_http_seconds", "From a complete request to its route's answer.")
  }

  /// Definitions whose values another part owns and gives at each scrape.
  public enum Collected {
    /// The version that runs; the value is 1.
    public static let build = MetricDefinition(.gauge, "hub_build_info", "The version that runs; the value is 1.", labels: ["version"])
    /// Transactions of the journal.
    public static let journalBatches = MetricDefinition(
      .counter, "hub_journal_batches_total", "Transactions the journal committed, each with one sync to disk.")
    /// Events in the journal's transactions.
    public static let journalEvents = MetricDefinition(
      .counter, "hub_journal_events_total", "Events the journal judged, by outcome: appended, duplicate, invalid, failed.",
      labels: ["outcome"])
    /// The journal's head.
    public static let journalSequence = MetricDefinition(.gauge, "hub_journal_sequence", "The sequence of the newest event in the journal.")
    /// Events waiting for a transaction.
    public static let journalQueue = MetricDefinition(.gauge, "hub_journal_queue", "Events that wait for the journal's next transaction.")
    /// Events the journal dropped or refused.
    public static let journalDrops = MetricDefinition(
      .counter, "hub_journal_drops_total", "Events the journal refused, gave up or could not read, by reason.", labels: ["reason"])
    /// Batches done again event by event.
    public static let journalIsolated = MetricDefinition(
      .counter, "hub_journal_isolated_batches_total", "Batches done again event by event because one event could not be stored.")
    /// Times the file was opened again.
    public static let journalReopened = MetricDefinition(
      .counter, "hub_journal_reopened_total", "Times the journal's file was opened again after a failure.")
    /// Rows of the outbox.
    public static let outboxRows = MetricDefinition(
      .gauge, "hub_outbox_rows", "Messages in the outbox, by state: queued, in_flight, waiting, dead_rejected, dead_unknown.",
      labels: ["state"])
    /// Age of the oldest row of each state.
    public static let outboxAge = MetricDefinition(
      .gauge, "hub_outbox_oldest_seconds", "Age of the oldest message in the outbox, by state.", labels: ["state"])
    /// Echoes held.
    public static let echoesHeld = MetricDefinition(
      .counter, "hub_journal_echoes_held_total",
      "Appends that waited for the answer to a message under way, whose echo they may bring.")
    /// Echoes that waited too long.
    public static let echoesGivenUp = MetricDefinition(
      .counter, "hub_journal_echoes_given_up_total",
      "Appends that waited for an answer for too long and were stored as they came; an echo among them may be there twice.")
    /// Engine.IO packets.
    public static let realtimePackets = MetricDefinition(
      .counter, "hub_realtime_packets_total", "Engine.IO packets, by direction: in, out.", labels: ["direction"])
    /// Bytes of packets.
    public static let realtimeBytes = MetricDefinition(
      .counter, "hub_realtime_bytes_total", "Bytes of Engine.IO packets, by direction: in, out.", labels: ["direction"])
    /// What the realtime server dropped, refused or closed.
    public static let realtimeDrops = MetricDefinition(
      .counter, "hub_realtime_drops_total", "Packets dropped, sessions closed and connects refused by the realtime server, by reason.",
      labels: ["reason"])
    /// TCP connections.
    public static let listenerConnections = MetricDefinition(
      .gauge, "hub_listener_connections", "Open TCP connections of the public listener.")
    /// What the listener refused or cut off.
    public static let listenerRefusals = MetricDefinition(
      .counter, "hub_listener_refusals_total", "Connections and requests the public listener refused or cut off, by reason.",
      labels: ["reason"])
    /// Moments in which nothing was accepted.
    public static let listenerPauses = MetricDefinition(
      .counter, "hub_listener_pauses_total",
      "Times the public listener accepted nothing for a moment because the system had none left: descriptors, memory.",
      labels: ["reason"])
    /// Open transports.
    public static let connections = MetricDefinition(.gauge, "hub_connections", "Open client transports with at least one namespace.")
    /// Sockets by namespace.
    public static let clients = MetricDefinition(.gauge, "hub_clients", "Connected sockets by namespace.", labels: ["namespace"])
    /// Log lines.
    public static let logLines = MetricDefinition(.counter, "hub_log_lines_total", "Log lines written, by level.", labels: ["level"])
    /// Label values that found their family full.
    public static let seriesOverflows = MetricDefinition(
      .counter, "hub_metric_overflows_total", "Recordings that went to a shared series because their family was full.")
    /// Start of the process.
    public static let processStart = MetricDefinition(
      .gauge, "process_start_time_seconds", "Start time of the process since the Unix epoch, in seconds.")
    /// Processor time.
    public static let processCPU = MetricDefinition(.counter, "process_cpu_seconds_total", "User and system CPU time spent, in seconds.")
    /// Resident memory.
    public static let processMemory = MetricDefinition(.gauge, "process_resident_memory_bytes", "Resident memory size in bytes.")
    /// Open descriptors.
    public static let processDescriptors = MetricDefinition(.gauge, "process_open_fds", "Number of open file descriptors.")
    /// Limit of descriptors.
    public static let processDescriptorLimit = MetricDefinition(.gauge, "process_max_fds", "Maximum number of open file descriptors.")

    /// All of them.
    public static let all = [
      build, journalBatches, journalEvents, journalSequence, journalQueue, journalDrops, journalIsolated, journalReopened, outboxRows,
      outboxAge,
      echoesHeld, echoesGivenUp, connections,
      clients,
      realtimePackets, realtimeBytes, realtimeDrops, listenerConnections, listenerRefusals, listenerPauses, logLines, seriesOverflows,
      processStart, processCPU, processMemory, processDescriptors, processDescriptorLimit,
    ]
  }
}
