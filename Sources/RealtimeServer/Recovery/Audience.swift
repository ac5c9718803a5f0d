import SocketIO

/// Whom a packet is for.
struct Audience: Sendable {
  /// None is the whole namespace.
  let rooms: [String]
  let except: Set<SocketID>
  let exceptRooms: [String]

  init(_ rooms: [String], _ except: Set<SocketID> = [], _ exceptRooms: [String] = []) {
    self.rooms = rooms
    self.except = except
    self.exceptRooms = exceptRooms
  }

  /// The same in rooms only: a socket is in the room of its own id.
  var logged: PacketLog<OutboundMessage>.Audience { .init(rooms: rooms, except: except.map(\.description) + exceptRooms) }
}

extension LoopState {
  func broadcast(_ message: OutboundMessage, to audience: Audience, of namespace: Namespace, flags: EmitFlags) {
    broadcast(
      message, to: namespace, rooms: audience.rooms, except: audience.except, exceptRooms: audience.exceptRooms, flags: flags)
  }
}
