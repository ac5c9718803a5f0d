import SocketIO
import Synchronization

/// The sockets and rooms of one loop.
extension LoopState {
  /// The room that every socket of a namespace is in; applications cannot name it.
  static var everyone: String { "" }

  func joined(_ socket: ServerSocket, rooms names: [String]) {
    let rooms = self.rooms(of: socket.namespace)
    rooms.table.join(socket.slot, room: Self.everyone)
    for name in names where name.isEmpty == false { rooms.table.join(socket.slot, room: name) }
    meters.population.withLock { $0.add(1, namespace: socket.namespace.name) }
  }

  func join(_ id: SocketID, rooms names: [String]) {
    guard let socket = socket(id) else { return }
    for name in names where name.isEmpty == false { rooms(of: socket.namespace).table.join(socket.slot, room: name) }
  }

  func leave(_ id: SocketID, rooms names: [String]) {
    guard let socket = socket(id) else { return }
    for name in names where name.isEmpty == false { rooms(of: socket.namespace).table.leave(socket.slot, room: name) }
  }

  /// A socket that had joined is gone.
  func remove(_ socket: ServerSocket, reason: DisconnectReason) {
    guard socket.isJoined else { return }
    socket.isJoined = false
    let lost = remains(of: socket, reason: reason)
    rooms(of: socket.namespace).table.remove(socket.slot)
    free(socket)
    meters.population.withLock { $0.add(-1, namespace: socket.namespace.name) }
    for waiter in socket.acks.removeAll() { waiter.answer(.disconnected) }
    socket.namespace.handler.disconnected(socket.id, context: socket.context, reason: reason)
    socket.context = nil
    // Last: as soon as it is kept the client may be back, on another loop, and the application has to know first that it was gone.
    if let lost, let privateID = socket.recovery?.privateID { recovery?.keep(lost, under: privateID, now: now) }
  }

  /// The places of the sockets a packet is for, each once.
  func targets(
    _ namespace: Namespace, rooms names: [String], except: Set<SocketID>, exceptRooms: [String] = []
  ) -> RoomTable.Members {
    let rooms = self.rooms(of: namespace)
    var excepted = except.compactMap { socket($0)?.slot }
    for name in exceptRooms where name.isEmpty == false {
      excepted += rooms.table.members(of: name)
      if let own = owner(of: name, in: namespace) { excepted.append(own) }
    }
    if names.isEmpty { return rooms.table.members(of: [Self.everyone], except: excepted) }
    var members = rooms.table.members(of: names.filter { $0.isEmpty == false }, except: excepted)
    // Every socket is in the room of its own id, without a table entry for it.
    for name in names {
      guard let own = owner(of: name, in: namespace), members.contains(own) == false, excepted.contains(own) == false else { continue }
      members.append(own)
    }
    return members
  }

  private func rooms(of namespace: Namespace) -> LoopRooms { namespace.rooms[index] }

  /// The socket of this loop whose id the room is.
  private func owner(of room: String, in namespace: Namespace) -> UInt32? {
    guard room.utf8.count == 20, let id = SocketID(room), let socket = socket(id), socket.namespace === namespace
    else { return nil }
    return socket.slot
  }
}
