import SocketIO
import Synchronization

/// A namespace that an application has claimed.
final class Namespace: Sendable {
  let name: String
  /// Tells it from others that had or will have its name; never used again.
  let number: Int
  let handler: any NamespaceHandler
  /// Present when sockets of it can be recovered.
  let recovery: NamespaceRecovery?
  /// By loop: who is in which room. They go with the namespace.
  let rooms: [LoopRooms]
  private let open = Atomic<Bool>(true)
  private let ackIDs = Atomic<UInt64>(0)

  init(name: String, number: Int, handler: any NamespaceHandler, recovery: NamespaceRecovery?, loops: Int) {
    self.name = name
    self.number = number
    self.handler = handler
    self.recovery = recovery
    rooms = (0..<loops).map { _ in LoopRooms() }
  }

  var isOpen: Bool { open.load(ordering: .acquiring) }
  func close() { open.store(false, ordering: .releasing) }

  /// Ids of answers count per namespace and are shared by its sockets.
  func nextAckID() -> UInt64 { ackIDs.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// The rooms of one namespace on one loop.
final class LoopRooms: @unchecked Sendable {  // confined to its loop
  var table = RoomTable()
}

/// Why a namespace could not be added.
public enum NamespaceError: Error, Sendable, Hashable {
  /// Somebody has claimed it already.
  case taken(String)
  /// It does not begin with `/`, or holds a comma.
  case invalidName(String)
}

/// The namespaces of one server.
final class NamespaceRegistry: Sendable {
  private let state = Mutex((namespaces: [String: Namespace](), count: 0, droppedPackets: 0))

  func find(_ name: String) -> Namespace? { state.withLock { $0.namespaces[name] } }

  /// Every one, in no order.
  var all: [Namespace] { state.withLock { Array($0.namespaces.values) } }

  /// Lets go of packets that are too old.
  func expire(now: Int64) {
    for namespace in all { namespace.recovery?.expire(now: now) }
  }

  /// Packets kept for lost sockets that were dropped for want of room, in namespaces that are gone, too.
  var droppedPackets: Int {
    state.withLock { state in state.namespaces.values.reduce(state.droppedPackets) { $0 + ($1.recovery?.dropped ?? 0) } }
  }

  func add(
    _ name: String, handler: any NamespaceHandler, recovery: NamespaceRecovery? = nil, loops: Int
  ) throws(NamespaceError) {
    guard name.utf8.first == UInt8(ascii: "/"), name.utf8.contains(UInt8(ascii: ",")) == false else { throw .invalidName(name) }
    let isFree = state.withLock { state in
      guard state.namespaces[name] == nil else { return false }
      state.namespaces[name] = Namespace(name: name, number: state.count, handler: handler, recovery: recovery, loops: loops)
      state.count += 1
      return true
    }
    if isFree == false { throw .taken(name) }
  }

  func remove(_ name: String) -> Namespace? {
    let namespace = state.withLock { state in
      let namespace = state.namespaces.removeValue(forKey: name)
      state.droppedPackets += namespace?.recovery?.dropped ?? 0
      return namespace
    }
    namespace?.close()
    return namespace
  }
}
