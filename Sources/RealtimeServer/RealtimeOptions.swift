public import EngineIO
public import NIOCore

/// How the realtime server behaves. The defaults are those of the reference server.
public struct RealtimeOptions: Sendable {
  /// The engine paths, each with a slash at the end. All of them serve the same sessions and namespaces.
  public var paths = ["/socket.io/"]
  /// The transports on offer.
  public var transports: Set<TransportKind> = [.polling, .webSocket]
  /// Whether a polling session may move to a WebSocket.
  public var allowsUpgrades = true
  /// From the handshake, and from each pong, to the next ping.
  public var pingInterval = TimeAmount.seconds(25)
  /// From a ping to the end of the session, unless a pong comes.
  public var pingTimeout = TimeAmount.seconds(20)
  /// How long a session may live without having joined a namespace.
  public var connectTimeout = TimeAmount.seconds(45)
  /// How long a packet may wait for each of its attachments, looked at with every ping.
  public var attachmentDeadline = TimeAmount.seconds(120)
  /// How long a WebSocket may take to become a polling session's transport.
  public var upgradeTimeout = TimeAmount.seconds(10)
  /// How long a polling session that the server closed waits for the poll that is told.
  public var farewell = TimeAmount.seconds(30)
  /// The largest polling body and the largest WebSocket message, in bytes.
  public var maxPayload = 1_000_000
  /// How many binary attachments a packet of a client may have.
  public var maxAttachments = 10
  /// How deep the JSON of a client may be nested.
  public var maxDepth = 128
  /// How WebSocket messages are compressed for clients that offer it; nil is not at all.
  public var compression: CompressionOptions?
  /// From how many bytes on answers to polls are compressed for clients that accept it; nil is never.
  public var pollCompression: Int? = 1024
  /// How lost connections are recovered; nil is not at all.
  public var recovery: RecoveryOptions?
  /// Which web origins may open sessions.
  public var cors = CORSPolicy.sameOrigin
  /// Told of every handshake refused for its origin, with the client's address; called on an event loop.
  public var onRefusedOrigin: (@Sendable (_ origin: String, _ remote: String) -> Void)?
  /// Bytes that may wait for the polls of one session before it is closed as slow. WebSockets have the listener's limits.
  public var pollingBacklog = 1024 * 1024
  /// How many packets one poll is answered with: python-engineio drops connections that get more than 16.
  public var packetsPerPoll = 16
  /// How many sessions there may be, over all transports; 0 means no limit. More are refused with 503.
  public var sessions = 20_000
  /// How many of them may come from one address (after trusted proxies); 0 means no limit. The addresses of trusted proxies
  /// themselves and unix sockets are not counted.
  public var sessionsPerAddress = 500
  /// Asked for each request that would open a session, after the origin was found good: a text refuses it and is what the client is
  /// told, nil lets it in. It runs on an event loop and must not block; what takes time is decided at the namespace.
  public var allowRequest: (@Sendable (HTTPRequest) -> String?)?
  /// The name of a cookie with the session's id on the answer that opens a polling session, for proxies that keep a client at one
  /// server by it; nil sets none.
  public var cookie: String?
  /// Events per second that one transport may send, with a burst of two seconds; 0 means no limit.
  public var eventsPerSecond = 0

  /// The defaults.
  public init() {}

  var timing: SessionTiming {
    SessionTiming(
      pingInterval: pingInterval.milliseconds, pingTimeout: pingTimeout.milliseconds, upgradeTimeout: upgradeTimeout.milliseconds,
      farewell: farewell.milliseconds)
  }

  func openPacket(upgrades: [TransportKind]) -> OpenPacket {
    OpenPacket(
      upgrades: upgrades, pingInterval: pingInterval.milliseconds, pingTimeout: pingTimeout.milliseconds, maxPayload: maxPayload)
  }
}

extension TimeAmount {
  var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension NIODeadline {
  var milliseconds: Int64 { Int64(uptimeNanoseconds / 1_000_000) }
}
