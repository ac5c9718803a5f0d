/// Why a socket is gone, in the words of the reference server.
public enum DisconnectReason: String, Sendable, Hashable, CaseIterable {
  /// The connection broke or was misused: a poll abandoned, a request that overlaps another, a frame that is none.
  case transportError = "transport error"
  /// The peer closed the transport.
  case transportClose = "transport close"
  /// The transport was closed because what came on it could not be decoded.
  case forcedClose = "forced close"
  /// No pong came in time.
  case pingTimeout = "ping timeout"
  /// What came was no Engine.IO packet.
  case parseError = "parse error"
  /// The server is going down.
  case serverShuttingDown = "server shutting down"
  /// The server closed the whole transport: a packet came out of place, for example.
  case forcedServerClose = "forced server close"
  /// The client left this namespace.
  case clientNamespaceDisconnect = "client namespace disconnect"
  /// The server removed the socket from this namespace.
  case serverNamespaceDisconnect = "server namespace disconnect"
  /// The client read too slowly; its outbound limit was reached.
  case slowConsumer = "slow consumer"
}
