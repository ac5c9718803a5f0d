/// One namespace to join.
public struct UpstreamNamespace: Sendable {
  /// Its name, such as `/` or `/whatsapp`.
  public var name: String
  /// The text of the JSON object that goes with CONNECT, asked for before every attempt; nil for none.
  public var auth: @Sendable () -> [UInt8]?

  /// A namespace and its credentials.
  public init(_ name: String, auth: @escaping @Sendable () -> [UInt8]? = { nil }) {
    self.name = name
    self.auth = auth
  }
}

/// How a client connects. Times are in milliseconds.
public struct UpstreamOptions: Sendable {
  /// Whose certificates are believed.
  public enum TrustRoots: Sendable, Hashable {
    /// Those of the system.
    case system
    /// Those in this PEM file only, read anew for every attempt.
    case file(String)
  }

  /// What goes into the request for the websocket.
  public struct Credentials: Sendable {
    /// Query parameters, as plain text.
    public var query: [(String, String)]
    /// Header fields.
    public var headers: [(String, String)]

    /// Neither, or these.
    public init(query: [(String, String)] = [], headers: [(String, String)] = []) {
      self.query = query
      self.headers = headers
    }

    /// The same for the same ones, within this process.
    var fingerprint: Int {
      var hasher = Hasher()
      for (name, value) in query + headers {
        hasher.combine(name)
        hasher.combine(value)
      }
      return hasher.finalize()
    }
  }

  /// The server.
  public var url: UpstreamURL
  /// The engine path.
  public var path = "/socket.io/"
  /// Further parameters and fields of the request, asked for before every attempt.
  public var credentials: @Sendable () -> Credentials = { Credentials() }
  /// What to join on every new connection.
  public var namespaces: [UpstreamNamespace] = [UpstreamNamespace("/")]
  /// From the connect call to the open packet, and from CONNECT to its answer.
  public var connectTimeout: Int64 = 20_000
  /// How long an answer to an emit is awaited.
  public var ackTimeout: Int64 = 30_000
  /// Bytes of one inbound message, and of all its attachments; 0 for any number. A longer message is skipped.
  public var maxMessage = 16 << 20
  /// How many bytes may wait to be sent; a single message may always.
  public var maxUnsent = 16 << 20
  /// Waits between attempts to connect.
  public var schedule = ReconnectSchedule()
  /// Waits after attempts whose credentials were refused, until other ones are shown.
  public var refusedSchedule = ReconnectSchedule(first: 5000, most: 60_000)
  /// Waits between attempts to join one namespace.
  public var joinSchedule = ReconnectSchedule()
  /// Whether to connect again when a connection ends or can't be had.
  public var reconnects = true
  /// Whose certificates are believed.
  public var trustRoots = TrustRoots.system

  /// The defaults, for this server.
  public init(url: UpstreamURL) {
    self.url = url
  }
}
