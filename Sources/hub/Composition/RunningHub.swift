import HubConfig
import HubHost
import HubOutbound
import HubServer
import HubStore
import HubTelemetry
import Logging
import NIOCore
import NIOPosix
import RealtimeServer
import ServiceLifecycle
import UnixSignals

/// Every part of the hub, put together and started: journal, realtime server, adapters, listeners, in this order. They end in the
/// opposite one.
struct RunningHub {
  private let group: ServiceGroup
  private let logger: Logger
  private let summary: @Sendable () -> Logger.Metadata

  /// - Parameters:
  ///   - late: checks adapters again that are tried again.
  ///   - log: lets its lines out once the address is printed.
  ///   - warnings: lines about the configuration, printed once everything is up.
  init(
    _ configuration: HubConfiguration, late: LateAdapters, secrets: SecretResolver, environment: [String: String], level: Logger.Level,
    log: HeldLog,
    warnings: [String]
  ) async throws {
    let startedAt = SystemClock.now()
    let logging = HubLogging(level: level, output: log.output)
    let redactor = logging.redactor
    SecretsComposition.register(configuration, secrets: secrets, with: redactor)
    LoggingSystem.bootstrap(logging.handler)
    let logger = logging.logger("hub")
    self.logger = logger
    let signals = StartupSignals {
      logger.notice("stopped while starting")
      log.release()
    }
    let metrics = try HubMetrics()
    let notifier = SystemdNotifier(environment: environment)

    let journal = try JournalComposition.open(configuration)
    let values = try JournalComposition.values(configuration)
    NIOSingletons.groupLoopCountSuggestion = UsableCores.count
    let loops = MultiThreadedEventLoopGroup.singleton
    let realtime = RealtimeServer(options: ListenerComposition.realtimeOptions(configuration, logger: logger), group: loops, logger: logger)
    let routes = PluginRoutes()
    let uploads = try MediaComposition.uploads(configuration, journal: journal)
    let links = try MediaComposition.links(configuration, secrets: secrets)
    let outbound = OutboundClient(group: loops)
    let services = try await HostComposition.services(
      configuration, secrets: secrets, journal: journal, realtime: realtime, routes: routes, metrics: metrics, loops: loops,
      outbound: outbound, values: values, uploads: uploads, redactor: redactor, logger: logger)
    let host = PluginHost(
      finder: PluginFinder(folders: configuration.pluginFolders, bundled: ProbedCatalogue.bundled), services: services,
      quarantine: HostComposition.quarantine(configuration))
    signals.first { host.forgetMarks() }
    let specs = AdapterComposition.enabled(configuration, late: late) { adapter in
      SecretsComposition.register(adapter.secrets, secrets: secrets, with: redactor)
    }
    // Now, because a plugin that takes the hub down again would take what the log holds with it.
    if let suspicion = HostComposition.suspicion(specs, configuration) { Terminal.complain(suspicion) }
    do throws(AdapterFailure) { try await host.start(specs) } catch {
      await outbound.shutdown()
      try? journal.close()
      throw CommandFailure(error.refusesConfig ? .configurationInvalid : .failure, "\(error)")
    }

    let sends = host.sendFeed(of: journal, unsent: configuration.limits.perChannel.unsent)
    let readiness = ReadinessComposition.readiness(journal: journal, host: host)
    let sending = SendComposition.service(specs, journal: journal, uploads: uploads, host: host, feed: sends)
    let listener: HTTPListener
    do {
      try await sends.start()
      let media = try MediaRouting(
        journal: journal, uploads: uploads, folder: configuration.dataFolder + "/media/cache", limit: configuration.media.maxSize.bytes,
        cache: configuration.media.cache.bytes, links: links, open: MediaComposition.opener(host, outbound, loops: loops),
        metrics: metrics, login: services.login, next: routes)
      let api = SendComposition.routing(
        configuration, service: sending, services: services,
        next: SyncRouting(
          journal: journal, links: links, logger: logger, login: services.login, next: media))
      let routing = HealthRouting(readiness: readiness, next: api)
      listener = try await ListenerComposition.listen(
        realtime, configuration, secrets: secrets, environment: environment, routing: MeteredRouting(metrics: metrics, next: routing),
        logger: logger)
    } catch {
      await host.stop()
      await outbound.shutdown()
      try? journal.close()
      throw error
    }
    // After the listener, so that clients who come at once see what a crash left undelivered.
    let feeds = specs.filter { $0.kind == .sink }.map { spec in
      SinkFeed(sink: spec.id, journal: journal, metrics: metrics, logger: logger, kinds: { host.wanted(by: spec.id) }) {
        host.deliver(links.linked($0), to: spec.id, answer: $1)
      }
    }
    feeds.forEach { $0.start() }

    try MetricsComposition.collect(journal, realtime, listener, into: metrics.registry)
    try ProcessMetrics.collect(into: metrics.registry, logs: logging.output, version: Hub.version, startedAt: startedAt)
    let url = ListenerComposition.url(of: listener.address, tls: configuration.server.tls != nil)
    let announcement = Announcement(after: 2) {
      signals.release()
      Terminal.complain("hub: \(url)")
      for status in host.statuses {
        Terminal.complain("hub: \(status.kind.rawValue) \(status.id) (\(status.plugin)) \(status.state.name)")
      }
      warnings.forEach(Terminal.complain)
      log.release()
      notifier.notify(.ready, .status("serving \(specs.count) adapters on \(url)"))
    }
    let stop = StopSwitch()
    let admin = try AdminComposition.servers(
      configuration, secrets: secrets, readiness: readiness, metrics: metrics, host: host, feeds: feeds,
      outbox: SendComposition.adminRoutes(journal: journal, feed: sends, service: sending), logger: logger, stop: stop.trigger,
      onListening: announcement.trigger)
    summary = {
      [
        "uptime_s": "\((SystemClock.now() - startedAt) / 1000)", "events": "\(journal.counters.appended)",
        "sessions": "\(realtime.counters().sessionsOpened)",
      ]
    }

    let parts = RunningParts(
      journal: journal, values: values, outbound: outbound, host: host, feeds: feeds, sends: sends, realtime: realtime,
      listener: listener, admin: admin,
      notifier: notifier, loops: loops,
      announcement: announcement, stop: stop, drain: configuration.server.drain, logger: logger)
    group = ServiceGroup(
      configuration: .init(services: parts.inOrder, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  }

  /// Returns after SIGTERM, SIGINT or `hub stop`, when everything has ended in good order.
  func runUntilStopped() async throws {
    do { try await group.run() } catch {
      var reason = "\(error)"
      if let failure = error as? AdminServer.BindFailure {
        reason = PlainWords.cannotListen(on: failure.address, key: "admin.listen", failure.cause)
      }
      logger.critical("stopped because a part failed", metadata: summary().merging(["reason": .string(reason)]) { $1 })
      var status = ExitStatus.failure
      if let mistake = error as? AdminServer.ConfigurationError, case .alreadyRunning = mistake { status = .alreadyRunning }
      throw CommandFailure(status, reason)
    }
    logger.notice("stopped", metadata: summary())
  }
}
