/// What the transport of a live session is, as far as a request is concerned.
public enum TransportKind: String, Sendable, Hashable, CaseIterable {
  /// HTTP long-polling.
  case polling
  /// WebSocket.
  case webSocket = "websocket"
}

/// The checks every request on an engine path passes before a session sees it, in the reference server's order: the first
/// failure is the one reported.
public struct RequestCheck: Sendable {
  /// A request in the terms of the protocol.
  public enum Outcome: Sendable, Hashable {
    /// Opens a session.
    case open(TransportKind)
    /// Belongs to a session, which has yet to be found.
    case session(String, TransportKind)
  }

  /// The transports on offer.
  public var transports: Set<TransportKind>

  /// Checks for these transports.
  public init(transports: Set<TransportKind>) { self.transports = transports }

  /// Judges a request.
  ///
  /// - Parameters:
  ///   - query: its parameters.
  ///   - isGet: whether the method is GET.
  ///   - isUpgrade: whether it asks for a WebSocket.
  ///   - originIsLegal: false when the `Origin` header holds bytes no origin has.
  ///   - isAllowed: the application's own check, asked only at a handshake.
  public func judge(
    _ query: RequestQuery, isGet: Bool, isUpgrade: Bool, originIsLegal: Bool, isAllowed: () -> Bool
  ) throws(RequestError) -> Outcome {
    guard let transport = query.transport.flatMap(TransportKind.init(rawValue:)), transports.contains(transport) else {
      throw .transportUnknown
    }
    guard originIsLegal else { throw .badRequest }
    // The reference takes an empty id for none (EIO/server.ts, verify).
    if let sessionID = query.sessionID, !sessionID.isEmpty {
      return .session(sessionID, transport)
    }
    guard isGet else { throw .badHandshakeMethod }
    guard transport != .webSocket || isUpgrade, transport == .webSocket || isUpgrade == false else { throw .badRequest }
    guard isAllowed() else { throw .forbidden }
    guard query.version == "4" else { throw .unsupportedVersion }
    return .open(transport)
  }
}
