public import RealtimeServer

/// What the host asks of the realtime server, as one value, so that the host never holds the server itself.
public struct RealtimePort: Sendable {
  /// Makes a namespace, whose lost sockets can be had back if it is recoverable; throws when it is taken.
  public var open: @Sendable (_ namespace: String, _ handler: PluginNamespace, _ isRecoverable: Bool) throws -> Void
  /// Removes a namespace and disconnects its sockets.
  public var close: @Sendable (_ namespace: String) -> Void
  /// Sends a packet once to every socket in any of the rooms.
  public var emit:
    @Sendable (_ namespace: String, _ rooms: [String], _ except: Set<SocketID>, _ packet: EventPacket, _ flags: EmitFlags) -> Void
  /// Sends a packet to one socket.
  public var send: @Sendable (_ socket: SocketID, _ packet: EventPacket, _ flags: EmitFlags) -> Void
  /// Makes a socket a member of a room.
  public var join: @Sendable (_ socket: SocketID, _ room: String) -> Void
  /// Ends a socket's membership of a room.
  public var leave: @Sendable (_ socket: SocketID, _ room: String) -> Void
  /// Removes a socket from its namespace, or closes its whole transport.
  public var disconnect: @Sendable (_ socket: SocketID, _ closeTransport: Bool) -> Void

  /// A port made of these functions.
  public init(
    open: @escaping @Sendable (String, PluginNamespace, Bool) throws -> Void, close: @escaping @Sendable (String) -> Void,
    emit: @escaping @Sendable (String, [String], Set<SocketID>, EventPacket, EmitFlags) -> Void,
    send: @escaping @Sendable (SocketID, EventPacket, EmitFlags) -> Void,
    join: @escaping @Sendable (SocketID, String) -> Void, leave: @escaping @Sendable (SocketID, String) -> Void,
    disconnect: @escaping @Sendable (SocketID, Bool) -> Void
  ) {
    self.open = open
    self.close = close
    self.emit = emit
    self.send = send
    self.join = join
    self.leave = leave
    self.disconnect = disconnect
  }
}

/// Room names as the realtime server knows them: the tenant is part of the name, so that equal names of two tenants are two rooms.
enum TenantRoom {
  /// The length keeps a tenant's name from running into the room's.
  static func name(_ room: String, tenant: String) -> String { "\(tenant.utf8.count):\(tenant):\(room)" }
}
