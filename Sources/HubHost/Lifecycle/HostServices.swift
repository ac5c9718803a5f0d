public import HubAuth
public import HubStore
public import HubTelemetry
public import Logging
public import OrderedJSON

/// What the host needs of the rest of the hub to serve adapters. The composition root fills it.
public struct HostServices: Sendable {
  /// Answers an append: one outcome per event once synced, or why nothing may be acknowledged.
  public typealias Appended = @Sendable (Result<[AppendOutcome], JournalError>) -> Void

  /// Where adapters' lines go; the adapter's id is added.
  public var logger: Logger
  /// The hub's counters.
  public var metrics: HubMetrics
  /// Stores events; throws at once when the queue is full.
  public var append: @Sendable ([IncomingEvent], @escaping Appended) throws(JournalError) -> Void
  /// Runs something when those whose appends were stored together have all been answered; to be called while they are.
  public var afterBatch: @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
  /// Takes volatile events, which are in no journal: typing and presence.
  public var publishVolatile: @Sendable ([IncomingEvent]) -> Void
  /// Verifies a credential.
  public var authenticate: @Sendable (Credential?) throws(AuthFailure) -> Identity
  /// Where in a request the credential is.
  public var credentials = CredentialRules()
  /// Who comes in, counted.
  public var login: Login {
    Login(rules: credentials, count: { [verdicts = metrics.authentications] in verdicts.with($0).increment() }, verify: authenticate)
  }
  /// The value behind a secret handle; nil when there is none.
  public var secret: @Sendable (String) -> [UInt8]? = { _ in nil }
  /// A text from outside without the secrets that are known.
  public var redact: @Sendable (String) -> String = { $0 }
  /// Answers a question about the journal for one caller; nil when there is no such thing for its tenant.
  public var query: @Sendable (JSONValue, Identity, @escaping @Sendable (JSONValue?) -> Void) -> Void = { _, _, answer in answer(nil) }
  /// How its channel calls a tenant's conversation, by the hub's id; nil when the tenant has none of that id.
  public var reach: @Sendable (_ conversation: String, _ tenant: String) -> ConversationReach? = { _, _ in nil }
  /// Counts of connections: `totalConnections`, `connectionsByTenant`, `connectionsByNamespace`.
  public var stats: @Sendable () -> JSONValue = { [:] }
  /// Where adapters' HTTP routes go; nil: there is no listener.
  public var routes: PluginRoutes?
  /// The realtime server; nil: there is none.
  public var realtime: RealtimePort?
  /// Connections to Socket.IO servers; nil: there are none.
  public var upstream: UpstreamPort?
  /// Requests to outside; nil: there are none.
  public var outbound: OutboundPort?
  /// The file behind the id of an upload; nil: there is none.
  public var upload: @Sendable (String) -> OutboundFile? = { _ in nil }
  /// Where adapters keep small values; nil: nowhere.
  public var values: ValueStore?
  /// What users and tenants may use.
  public var limits = ClientLimits()
  /// Who wants to know how channels are.
  public let signals = ChannelSignals()
  /// The clocks.
  public var clock = HostClock()
  /// Who looks at conversations and types in them.
  let interests = Interests()
  /// For lines that a provider can cause at will: one a minute of each kind.
  let thinned = LogLimiter(interval: 60_000)

  /// Services over these; the others have defaults that offer nothing.
  public init(
    logger: Logger, metrics: HubMetrics,
    append: @escaping @Sendable ([IncomingEvent], @escaping Appended) throws(JournalError) -> Void,
    publishVolatile: @escaping @Sendable ([IncomingEvent]) -> Void,
    authenticate: @escaping @Sendable (Credential?) throws(AuthFailure) -> Identity
  ) {
    self.logger = logger
    self.metrics = metrics
    self.append = append
    self.publishVolatile = publishVolatile
    self.authenticate = authenticate
  }
}
