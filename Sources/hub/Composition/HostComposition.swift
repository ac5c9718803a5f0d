import HubAuth
import HubConfig
import HubHost
import HubOutbound
import HubServer
import HubStore
import HubTelemetry
import Logging
import NIOCore
import OrderedJSON
import RealtimeServer

/// What adapters get from the rest of the hub.
enum HostComposition {
  /// Where plugins that took the hub down are remembered.
  static func quarantine(_ configuration: HubConfiguration) -> Quarantine {
    Quarantine(folder: configuration.dataFolder + "/quarantine")
  }

  /// A line about the plugins that the last start ended with, for the operator to read before they are loaded again.
  static func suspicion(_ specs: [AdapterSpec], _ configuration: HubConfiguration) -> String? {
    let quarantine = quarantine(configuration)
    // One that is kept out is reported where it would have been loaded.
    let suspects = specs.filter { (1..<quarantine.limit).contains(quarantine.crashes(of: $0.id, plugin: $0.plugin)) }
    guard !suspects.isEmpty else { return nil }
    let names = suspects.map { "\($0.plugin) (adapter \($0.id))" }.joined(separator: ", ")
    let (what, then) =
      suspects.count == 1
      ? ("plugin \(names) was", "")
      : ("plugins \(names) were", "; now one is loaded after the other, so that the next end tells which it is")
    return "hub: warning: the last start ended while \(what) being loaded\(then); after \(quarantine.limit) in a row it is kept out"
  }

  static func services(
    _ configuration: HubConfiguration, secrets: SecretResolver, journal: Journal, realtime: RealtimeServer, routes: PluginRoutes,
    metrics: HubMetrics, loops: any EventLoopGroup, outbound: OutboundClient, values: ValueStore, uploads: UploadStore, redactor: Redactor,
    logger: Logger
  ) async throws -> HostServices {
    let authenticator = try await AuthComposition.authenticator(configuration, secrets: secrets)
    var services = HostServices(
      logger: logger, metrics: metrics,
      append: { events, completion throws(JournalError) in try journal.append(events, completion: completion) },
      publishVolatile: { events in events.forEach(journal.route(volatile:)) },
      authenticate: { credential throws(AuthFailure) in try authenticator.authenticate(credential, now: SystemClock.now()) })
    services.afterBatch = journal.afterBatch
    // A file that was written anew holds a secret that nobody has kept out of the log yet.
    let cache = SecretCache(secrets) { redactor.register(String(decoding: $0, as: UTF8.self)) }
    services.secret = { cache.value(of: $0) }
    services.redact = redactor.redact
    services.query = { question, identity, answer in
      answer(question["conversation"]?.string.flatMap { conversation($0, for: identity, in: journal) })
    }
    services.reach = { id, tenant in try? journal.reach(of: id, tenant: tenant) }
    services.stats = { realtime.counts().stats }
    services.routes = routes
    let limits = configuration.limits
    services.limits = ClientLimits(
      userConnections: limits.perUser.connections, tenantConnections: limits.perTenant.connections, userEvents: limits.perUser.events)
    services.realtime = RealtimePort(realtime)
    services.upstream = UpstreamPort(group: loops, logger: logger)
    services.outbound = outbound.port
    services.values = values
    services.upload = { id in uploads.kept(id).map { OutboundFile(path: $0.path, size: $0.size) } }
    return services
  }

  /// A conversation of the caller's tenant, within what its token is narrowed to.
  private static func conversation(_ id: String, for identity: Identity, in journal: Journal) -> JSONValue? {
    guard let found = try? journal.conversation(id: id, tenant: identity.tenant), identity.mayUse(account: found.account) else {
      return nil
    }
    return try? JSONValue(parsing: found.body)
  }
}
