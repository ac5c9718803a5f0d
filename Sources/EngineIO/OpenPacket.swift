/// The packet that opens a session: all of it but the session's id, made once for many sessions.
public struct OpenPacket: Sendable {
  /// What follows the id.
  private let rest: String

  /// An open packet.
  ///
  /// - Parameters:
  ///   - upgrades: the transports the client may move to.
  ///   - pingInterval: how often the server pings, in milliseconds.
  ///   - pingTimeout: how long it waits for the pong, in milliseconds.
  ///   - maxPayload: the largest polling body or WebSocket message, in bytes.
  public init(upgrades: [TransportKind], pingInterval: Int64, pingTimeout: Int64, maxPayload: Int) {
    let upgrades = upgrades.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    rest =
      #"","upgrades":[\#(upgrades)],"pingInterval":\#(pingInterval),"pingTimeout":\#(pingTimeout),"maxPayload":\#(maxPayload)}"#
  }

  /// The packet's text for the session with this id of twenty characters: `0` and a JSON object of exactly the five members the
  /// protocol names.
  public func text(sessionID: String) -> String { #"0{"sid":""# + sessionID + rest }
}
