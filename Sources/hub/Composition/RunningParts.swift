import HubHost
import HubOutbound
import HubServer
import HubStore
import Logging
import NIOCore
import RealtimeServer
import ServiceLifecycle

/// The parts of a hub that runs, in the order of the group that ends them: the last one first.
struct RunningParts {
  let journal: Journal
  let values: ValueStore
  let outbound: OutboundClient
  let host: PluginHost
  let feeds: [SinkFeed]
  let sends: SendFeed
  let realtime: RealtimeServer
  let listener: HTTPListener
  let admin: (listener: AdminServer, socket: AdminServer)
  let notifier: SystemdNotifier
  let loops: any EventLoopGroup
  let announcement: Announcement
  let stop: StopSwitch
  /// How long the disconnection of clients is spread, and messages under way may take to have an outcome.
  let drain: Duration
  let logger: Logger

  var inOrder: [ServiceGroupConfiguration.ServiceConfiguration] {
    [
      // Until the very end: systemd goes on watching while the hub stops.
      .init(service: WatchdogService(notifier: notifier) { [loops] in await LoopProbe(loops).answers() }),
      .init(service: ShutdownStep("journal", end: closeJournal)),
      .init(service: ShutdownStep("values") { [values] in values.close() }),
      .init(service: ShutdownStep("outbound requests") { [outbound] in await outbound.shutdown() }),
      .init(service: ShutdownStep("adapters") { [host] in await host.stop() }),
      .init(service: ShutdownStep("feeds", end: stopFeeds)),
      .init(service: ShutdownStep("outbox") { [sends, drain] in await sends.stop(grace: drain) }),
      .init(service: admin.socket),
      .init(service: admin.listener),
      .init(service: ShutdownStep("clients", end: disconnectClients)),
      .init(service: ShutdownStep("notice", end: giveNotice)),
      .init(service: announcement),
      .init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup),
    ]
  }

  private func closeJournal() {
    do { try journal.close() } catch {
      logger.error("the journal was not closed in good order", metadata: ["reason": "\(error)"])
    }
  }

  private func stopFeeds() async {
    await withTaskGroup(of: Void.self) { group in
      for feed in feeds { group.addTask { await feed.stop(grace: .seconds(5)) } }
    }
  }

  private func disconnectClients() async {
    await listener.stopAccepting()
    await realtime.shutdown(drain: TimeAmount(drain))
    await listener.shutdown(within: .seconds(2))
  }

  private func giveNotice() {
    sends.pause()
    notifier.notify(.stopping, .status("draining"))
    // A part failed: whoever awaits it says so.
    guard !Task.isCancelled else { return }
    logger.notice(
      "stopping",
      metadata: [
        "reason": .string(stop.wasAsked ? "hub stop" : "signal"), "clients": "\(realtime.counts().sessions)", "drain": "\(drain)",
      ])
  }
}
