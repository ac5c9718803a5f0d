import HubAuth
import HubConfig
import HubHost
import HubServer
import HubStore
import HubTelemetry
import RealtimeServer

/// What takes messages to send.
enum SendComposition {
  static func service(
    _ specs: [AdapterSpec], journal: Journal, uploads: UploadStore, host: PluginHost, feed: SendFeed
  ) -> SendService {
    let places = specs.filter { $0.kind == .channel }.flatMap { spec in
      spec.accounts.map { SendDirectory.Place(channel: spec.id, account: $0.key, tenant: $0.value) }
    }
    return SendService(
      directory: SendDirectory(places), journal: journal, provider: { host.provider(of: $0) }, uploads: uploads,
      accept: { feed.accept($0, completion: $1) }, markRead: { feed.markRead($0, completion: $1) },
      typing: { feed.typing($0, in: $1) })
  }

  /// The API before `next`.
  static func routing(
    _ configuration: HubConfiguration, service: SendService, services: HostServices, next: any HTTPRouting
  ) -> SendRouting {
    SendRouting(
      service: service, userRate: configuration.limits.perUser.sends, tenantRate: configuration.limits.perTenant.sends,
      metrics: services.metrics, login: services.login, now: LogLimiter.monotonicClock, next: next)
  }

  static func adminRoutes(journal: Journal, feed: SendFeed, service: SendService) -> OutboxRoutes {
    OutboxRoutes(
      desk: OutboxRoutes.Desk(
        list: { try journal.outbox(dead: $0, channel: $1, limit: $2) }, ids: { try journal.outboxIDs($0, channel: $1) },
        depths: { try journal.outboxDepths() },
        retry: { try await feed.retry($0) }, drop: { try await feed.drop($0) }), sends: service)
  }
}
