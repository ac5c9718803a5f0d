/// The seven packet types of Engine.IO v4; the raw value is the ASCII digit on the wire.
///
/// Source: socketio/engine.io-protocol, "Packet encoding".
public enum PacketKind: UInt8, Sendable, Hashable, CaseIterable {
  /// The server's first packet: session id and timings.
  case open = 0x30
  /// The transport is to be closed.
  case close
  /// Heartbeat, server to client; with `probe`, client to server during an upgrade.
  case ping
  /// The answer to a ping.
  case pong
  /// A message of the layer above.
  case message
  /// The client moves to the new transport.
  case upgrade
  /// Ends a pending poll without saying anything.
  case noop
}
