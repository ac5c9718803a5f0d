import Foundation
import HubAuth
import HubConfig
import HubHost
import HubServer
import HubStore
import HubTelemetry
import Logging
import NIOCore
import NIOPosix
import OrderedJSON
import RealtimeServer
import ServiceLifecycle
import UnixSignals

/// Every part of the hub, put together and started: journal, realtime server, adapters, listeners, in this order. They end in the
/// opposite one.
struct RunningHub {
  private let group: ServiceGroup

  /// - Parameter warnings: lines about the configuration, printed once everything is up.
  init(
    _ configuration: HubConfiguration, secrets: SecretResolver, environment: [String: String], level: Logger.Level, warnings: [String]
  ) async throws {
    let startedAt = SystemClock.now()
    let logging = HubLogging(level: level)
    SecretsComposition.register(configuration, secrets: secrets, with: logging.redactor)
    LoggingSystem.bootstrap(logging.handler)
    let logger = logging.logger("hub")
    let metrics = try HubMetrics()
    let notifier = SystemdNotifier(environment: environment)

    let journal = try Self.openJournal(configuration)
    let loops = MultiThreadedEventLoopGroup.singleton
    let realtime = RealtimeServer(options: ListenerComposition.realtimeOptions(configuration), group: loops, logger: logger)
    let routes = PluginRoutes()
    let services = try await HostComposition.services(
      configuration, secrets: secrets, journal: journal, realtime: realtime, routes: routes, metrics: metrics, logger: logger)
    let host = PluginHost(
      finder: PluginFinder(folders: configuration.pluginFolders), services: services,
      quarantine: Quarantine(folder: configuration.dataFolder + "/quarantine"))
    let specs = AdapterComposition.enabled(configuration)
    do { try await host.start(specs) } catch {
      try? journal.close()
      throw CommandFailure(.failure, "\(error)")
    }
    let feeds = specs.filter { $0.kind == .sink }.map { spec in
      SinkFeed(sink: spec.id, journal: journal, metrics: metrics, logger: logger) { host.deliver($0, to: spec.id, answer: $1) }
    }
    // A sink that left the configuration must not hold retention back.
    for gone in Set(journal.cursors.keys).subtracting(feeds.map(\.sink)) { try? journal.forgetCursor(of: gone) }
    feeds.forEach { $0.start() }

    let readiness = ReadinessComposition.readiness(journal: journal, host: host)
    let listener: HTTPListener
    do {
      listener = try await realtime.listen(
        on: ListenerComposition.address(configuration, environment: environment),
        options: ListenerComposition.listenerOptions(configuration, secrets: secrets),
        routing: MeteredRouting(metrics: metrics, next: HealthRouting(readiness: readiness, next: routes)))
    } catch {
      await host.stop()
      try? journal.close()
      throw CommandFailure(.failure, "cannot listen on \(configuration.server.listen): \(error)")
    }
    let url = ListenerComposition.url(of: listener.address, tls: configuration.server.tls != nil)

    try MetricsComposition.collect(journal, into: metrics.registry)
    try MetricsComposition.collect(realtime, into: metrics.registry)
    try ProcessMetrics.collect(into: metrics.registry, logs: logging.output, version: Hub.version, startedAt: startedAt)
    let stop = StopSwitch()
    let announcement = Announcement {
      Terminal.complain("hub: \(url)")
      for spec in specs { Terminal.complain("hub: \(spec.kind.rawValue) \(spec.id) (\(spec.plugin))") }
      for warning in warnings { Terminal.complain(warning) }
      notifier.notify(.ready, .status("serving \(specs.count) adapters on \(url)"))
    }
    let admin = try AdminComposition.server(
      configuration, secrets: secrets, readiness: readiness, metrics: metrics, host: host, feeds: feeds, logger: logger, stop: stop.trigger,
      onListening: announcement.trigger)

    let drain = TimeAmount(configuration.server.drain)
    group = ServiceGroup(
      configuration: .init(
        services: [
          .init(service: ShutdownStep("journal") { try? journal.close() }),
          .init(
            service: ShutdownStep("adapters") {
              for feed in feeds { await feed.stop(grace: .seconds(5)) }
              await host.stop()
            }),
          .init(service: admin),
          .init(service: WatchdogService(notifier: notifier) { await LoopProbe(loops).answers() }),
          .init(
            service: ShutdownStep("clients") {
              await listener.stopAccepting()
              await realtime.shutdown(drain: drain)
              await listener.shutdown(within: drain)
            }),
          .init(service: ShutdownStep("notice") { notifier.notify(.stopping, .status("draining")) }),
          .init(service: announcement),
          .init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup),
        ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  }

  /// Returns after SIGTERM, SIGINT or `hub stop`, when everything has ended in good order.
  func runUntilStopped() async throws {
    try await group.run()
  }

  private static func openJournal(_ configuration: HubConfiguration) throws -> Journal {
    var options = HubStore.JournalOptions()
    options.retentionMs = configuration.journal.retention.duration.map { $0.components.seconds * 1000 }
    options.brazilNinthDigit = configuration.contacts.brazilNinthDigit
    do { return try Journal(path: configuration.journalFile, options: options) } catch let error as JournalError {
      throw CommandFailure(error.code == .alreadyOpen ? .alreadyRunning : .failure, "\(error)")
    }
  }
}
