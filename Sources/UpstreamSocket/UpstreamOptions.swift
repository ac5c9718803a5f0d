public import NIOCore

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

/// How a client connects.
public struct UpstreamOptions: Sendable {
  /// Whose certificates are believed.
  public enum TrustRoots: Sendable {
    /// Those of the system.
    case system
    /// Those in this PEM file only.
    case file(String)
  }

  /// The server.
  public var url: UpstreamURL
  /// The engine path.
  public var path = "/socket.io/"
  /// Further query parameters, already encoded where that is needed.
  public var query: [(String, String)] = []
  /// Further fields of the upgrade request.
  public var headers: [(String, String)] = []
  /// What to join on every new connection.
  public var namespaces: [UpstreamNamespace] = [UpstreamNamespace("/")]
  /// From the connect call to the open packet.
  public var connectTimeout = TimeAmount.seconds(20)
  /// How long an answer to an emit is awaited.
  public var ackTimeout = TimeAmount.seconds(30)
  /// Bytes of one inbound message; a longer one ends the connection.
  public var maxMessage = 16 << 20
  /// Waits between attempts.
  public var schedule = ReconnectSchedule()
  /// Whether to connect again when a connection ends or can't be had.
  public var reconnects = true
  /// Whose certificates are believed.
  public var trustRoots = TrustRoots.system

  /// The defaults, for this server.
  public init(url: UpstreamURL) {
    self.url = url
  }
}
