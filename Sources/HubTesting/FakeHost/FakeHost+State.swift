import CHubPlugin
public import HubPluginSDK
public import OrderedJSON

extension FakeHost {
  /// What the journal does with emitted events.
  public enum Journal: Sendable {
    /// Synced at once.
    case durable
    /// The answer waits for ``FakeHost/releaseEvents(failing:)``.
    case held
    /// The ingest queue is full.
    case busy
    /// Taken, but the sync fails.
    case failing
  }

  /// An event that the adapter emitted and that was new.
  public struct Emitted: Sendable, Hashable {
    /// The envelope, as in `HubEvent`.
    public var kind, id, account, conversation, cause: String
    /// Unix milliseconds.
    public var timeMilliseconds: Int64
    /// JSON.
    public var body: [UInt8]
  }

  /// A packet that the adapter emitted to sockets.
  public struct Packet: Sendable, Equatable {
    /// Which delivery it answers to; 0 for none.
    public var event: UInt64
    /// Its place within that event's mapping.
    public var index: UInt32
    /// Whether it may be dropped.
    public var isVolatile: Bool
    /// The rooms it goes to.
    public var rooms: [String]
    /// The socket it goes to, or that is left out when there are rooms.
    public var socket: String
    /// The event's name.
    public var name: String
    /// The arguments after it.
    public var arguments: JSONValue
  }

  /// A line of the log.
  public struct LogLine: Sendable {
    /// How loud.
    public var level: HubServices.LogLevel
    /// The constant text.
    public var message: String
    /// The data.
    public var fields: JSONValue
  }

  /// A route that the adapter added.
  public struct Route: Sendable, Equatable {
    /// Upper case, or `*`.
    public var method: String
    /// As claimed.
    public var path: String
    /// Who may call it.
    public var access: HubServices.Access
    /// What an API key must have.
    public var role: String
    /// The adapter's number of it.
    public var number: UInt32

    /// A route, to compare with.
    public init(_ method: String, _ path: String, access: HubServices.Access = .none, role: String = "", number: UInt32 = 0) {
      (self.method, self.path, self.access, self.role, self.number) = (method, path, access, role, number)
    }
  }

  /// An answer to a request.
  public struct Response: Sendable, Equatable {
    /// The status code.
    public var status: Int32
    /// By name as sent; values of one name are joined.
    public var headers: [String: String]
    /// As text.
    public var body: String

    /// A response, to compare with.
    public init(status: Int32, headers: [String: String] = [:], body: String = "") {
      (self.status, self.headers, self.body) = (status, headers, body)
    }
  }

  /// How an operation ended.
  struct Completion: Sendable {
    let status: hub_status
    let text: String
  }

  /// A call of the test that waits for the adapter.
  struct Step {
    let continuation: CheckedContinuation<Completion, Never>
    /// Whether the adapter is on its way up meanwhile.
    let comesUp: Bool
  }

  /// Everything the adapter did, and everything the hub answers. Members that a test sets are marked.
  public struct State {
    /// Set by the test: what becomes of emitted events.
    public var journal = Journal.durable
    /// New events, in order.
    public var events: [Emitted] = []
    /// How many events each emit had, new or not.
    public var batches: [Int] = []
    /// Emits that wait for ``FakeHost/releaseEvents(failing:)``.
    public var heldEmits: Int { held.count }

    /// Set by the test: the quietest level whose lines are wanted.
    public var leastLevel = HubServices.LogLevel.debug
    /// Lines of the log.
    public var log: [LogLine] = []
    /// What it said of its health.
    public var health: [HubServices.Health] = []
    /// Values by `name{label,label}`.
    public var metrics: [String: Double] = [:]
    /// What was recorded, as `name{label,label}`, in order.
    public var recorded: [String] = []

    /// Set by the test: values by handle.
    public var secrets: [String: String] = [:]
    /// The handles that were asked for.
    public var secretReads: [String] = []

    /// Routes in the order they were added.
    public var routes: [Route] = []
    /// Requests that have no answer yet.
    public var openRequests: Int { requests.count }

    /// Milliseconds of every timer that was set, in order.
    public var timers: [UInt64] = []
    /// Set by the test: what every further timer is refused with; nil: it is set.
    public var timerRefusal: HubError.Code?

    /// Namespaces that were opened.
    public var namespaces: [String] = []
    /// The rooms that each accepted socket was put into.
    public var accepted: [[String]] = []
    /// The data of each refusal.
    public var refused: [JSONValue] = []
    /// Joins and leaves, as `+socket room` and `-socket room`.
    public var rooms: [String] = []
    /// Packets in order.
    public var packets: [Packet] = []
    /// The first argument of each answer to a client's event, by the token of that event.
    public var acks: [UInt64: JSONValue] = [:]
    /// Sockets that were disconnected.
    public var disconnected: [String] = []
    /// Set by the test: what every further packet is refused with; nil: it is taken.
    public var packetRefusal: HubError.Code?
    /// Set by the test: what another thread does while the adapter is at a join; done once.
    public var duringJoin: (@Sendable () -> Void)?

    /// Set by the test: conversations by id, as queries answer them.
    public var conversations: [String: JSONValue] = [:]
    /// Set by the test: whether queries wait for ``FakeHost/releaseQueries()``.
    public var holdsQueries = false
    /// Set by the test: what the stats say.
    public var stats: JSONValue = ["totalConnections": 0, "connectionsByTenant": [:], "connectionsByNamespace": [:]]

    /// Upstream connections that are open, by the adapter's number.
    public var upstreams: [UInt32: Upstream] = [:]
    /// How many upstream events the adapter was handed and has returned from, whether it is done with them or not.
    public var upstreamEvents = 0
    /// Events that were sent upstream, in order.
    public var upstreamEmits: [UpstreamEmit] = []
    /// Values it keeps, by key; they outlive it. May be set by the test.
    public var values: [String: [UInt8]] = [:]
    /// The lifetime in milliseconds of every value that was put, in order; 0: for ever. Nothing ends by itself.
    public var lifetimes: [UInt64] = []
    /// Set by the test: what operations on values are refused with; nil: they are done.
    public var valueRefusal: HubError.Code?

    /// Set by the test: what requests to outside come to.
    public var outbound: @Sendable (OutboundRequest) -> OutboundAnswer = { _ in .failure(.failed, wasWritten: false, "nothing is scripted")
    }
    /// Requests to outside, in order.
    public var outboundRequests: [OutboundRequest] = []
    /// Requests to outside that wait for ``FakeHost/answerOutbound(_:)``.
    public var heldOutbound: Int { heldRequests.count }

    /// Whether the channel asked to be told who looks at conversations.
    public var wantsInterest = false
    /// What the sink said of its sockets: `+socket conversation` and `-socket conversation` for looking, with `typing ` before it for typing.
    public var interests: [String] = []

    /// The kinds of events it asked for; nil: every one.
    public var kinds: Set<String>?
    /// Whether anybody hears it, by its last word.
    public var isHeard = true

    /// How often it ended an operation that was not open: unknown, or ended before. The real hub counts and ignores these too.
    public var strays = 0

    /// Set by the test: extensions that are not granted.
    public var denied: Set<String> = []

    var rows: Set<[String]> = []
    var held: [(token: hub_token, counts: String)] = []
    var heldQueries: [(id: String, token: hub_token)] = []
    var liveTimers: [hub_token] = []
    var upstreamAnswers: [hub_token] = []
    var heldRequests: [hub_token] = []
    var metricNames: [String] = []
    var lastToken: hub_token = 0
    var steps: [hub_token: Step] = [:]
    var media: [hub_token: CheckedContinuation<MediaAnswer, Never>] = [:]
    /// The place for the reason of a refused creation, while it is created; then the reason.
    var why: hub_token = 0
    var refusal: Completion?
    var isComingUp: Bool { early != nil || steps.values.contains(where: \.comesUp) }
    var requests: [hub_token: CheckedContinuation<Response, Never>] = [:]
    var connects: Set<hub_token> = []
    var openAcks: Set<hub_token> = []
    var kind = HubDescriptor.Kind.channel
    var owed = OwedTokens()
    /// What was answered while the adapter is created and can't be called yet; nil at all other times.
    var early: [Answer]?
  }
}
