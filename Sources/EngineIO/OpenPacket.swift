/// The packet that opens a session.
public struct OpenPacket: Sendable {
  /// The session's id, twenty characters.
  public var sessionID: String
  /// The transports the client may move to.
  public var upgrades: [TransportKind]
  /// How often the server pings, in milliseconds.
  public var pingInterval: Int64
  /// How long it waits for the pong, in milliseconds.
  public var pingTimeout: Int64
  /// The largest polling body or WebSocket message, in bytes.
  public var maxPayload: Int

  /// An open packet.
  public init(sessionID: String, upgrades: [TransportKind], pingInterval: Int64, pingTimeout: Int64, maxPayload: Int) {
    self.sessionID = sessionID
    self.upgrades = upgrades
    self.pingInterval = pingInterval
    self.pingTimeout = pingTimeout
    self.maxPayload = maxPayload
  }

  /// The packet's text: `0` and a JSON object of exactly the five members the protocol names.
  public var text: String {
    let upgrades = upgrades.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    return #"0{"sid":"\#(sessionID)","upgrades":[\#(upgrades)],"pingInterval":\#(pingInterval),"pingTimeout":\#(pingTimeout),"#
      + #""maxPayload":\#(maxPayload)}"#
  }
}
