/// What an application does with one Socket.IO namespace. Calls for one socket come in the order of its packets, on the event
/// loop of its connection, and must not block it.
public protocol NamespaceHandler: Sendable {
  /// A client asks to join (CONNECT packet). Answer once, now or later, from any thread.
  func connect(_ request: ConnectRequest, answer: ConnectAnswer)

  /// A client sent an event.
  func event(_ event: ClientEvent)

  /// A client sent an event over its rate limit. The event counts as dropped; the handler may still answer its ack.
  func limited(_ event: ClientEvent)

  /// A socket is gone. Comes exactly once for every ``connect(_:answer:)`` that was not refused, after the socket's last event:
  /// also when the client was gone before it was accepted, and when the answer was dropped.
  ///
  /// - Parameters:
  ///   - socket: the id that `connect` was given.
  ///   - context: what the handler gave when it accepted the socket.
  ///   - reason: why, in the words of the reference server.
  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason)
}

extension NamespaceHandler {
  /// Drops the event without a word.
  public func limited(_ event: ClientEvent) {}
}

/// A CONNECT packet and the connection it came on.
public struct ConnectRequest: Sendable {
  /// The id the socket will have when it is accepted.
  public let socket: SocketID
  /// The connection; the same for every namespace that the client joins on it.
  public let connection: ConnectionID
  /// Whether it is a socket that was lost and can be had back: its id was known before, and its rooms come back with it. If it is
  /// accepted for another owner, ``NamespaceHandler/disconnected(_:context:reason:)`` and a request for a new socket follow.
  public let isRecovery: Bool
  /// The namespace asked for.
  public let namespace: String
  /// The packet's payload: the text of a JSON object, `{}` when there was none.
  public let auth: [UInt8]
  /// The connection's HTTP request.
  public let handshake: ClientHandshake
}

/// What the HTTP request that opened a transport said.
public struct ClientHandshake: Sendable {
  /// The engine path the client used, such as `/socket.io/`.
  public let path: String
  /// The query without its `?`.
  public let query: String
  /// The peer's address, after trusted proxies.
  public let remote: String
  /// The `Origin` header.
  public let origin: String?
}
