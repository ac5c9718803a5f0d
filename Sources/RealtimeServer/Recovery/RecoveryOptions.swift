public import NIOCore
import SocketIO

/// Connection state recovery: a client that lost its connection gets its socket back, with its id, its rooms and the packets it
/// missed. Kept in memory; a restarted server knows nothing of earlier sessions.
public struct RecoveryOptions: Sendable, Hashable {
  /// How long after the loss.
  public var duration = TimeAmount.minutes(2)
  /// How many sessions may wait for their clients.
  public var sessions = 20_000
  /// How many packets are kept for one namespace.
  public var packets = 10_000
  /// How many bytes of packets are kept for one namespace.
  public var bytes = 16 * 1024 * 1024
  /// How long packets are kept. A client that has got none for longer starts anew.
  public var packetAge = TimeAmount.hours(1)
  /// How many bytes of packets one client may have missed. Who missed more starts anew: it could not take them at once.
  public var missed = 512 * 1024

  /// The defaults.
  public init() {}

  /// How often is looked for what is too old. The reference looks every minute.
  var expiryInterval: TimeAmount { min(.minutes(1), max(.milliseconds(10), min(duration, packetAge))) }

  func log<Packet>(origin: String) -> PacketLog<Packet> {
    PacketLog(limits: .init(packets: packets, bytes: bytes, age: packetAge.milliseconds), origin: origin)
  }
}
