import CHubPlugin
public import OrderedJSON

/// A client that wants to join one of the adapter's namespaces; its token is already verified.
public struct HubConnect: Sendable {
  /// The namespace given to `openNamespace`.
  public let namespace: UInt32
  /// The socket's id, unique in the process.
  public let socket: String
  /// The client's address, after trusted proxies.
  public let remote: String
  /// The query of the Engine.IO request.
  public let query: String
  /// The CONNECT payload.
  public let auth: JSONValue
  /// Who it is.
  public let identity: HubIdentity

  init?(namespace: UInt32, _ raw: hub_connect_1) {
    guard let identity = raw.identity else { return nil }
    self.namespace = namespace
    socket = raw.socket.string
    remote = raw.remote.string
    query = raw.query.string
    auth = (try? JSONValue(parsing: raw.auth_json.bytes)) ?? .object([:])
    self.identity = HubIdentity(identity.pointee)
  }
}

/// An event a client sent.
public struct HubClientMessage: Sendable {
  /// The namespace given to `openNamespace`.
  public let namespace: UInt32
  /// The socket's id.
  public let socket: String
  /// The event's name.
  public let name: String
  /// The arguments after the name.
  public let arguments: [JSONValue]
}

/// Where the answer to one connect goes.
public struct HubConnectAnswer: Sendable {
  let services: HubServices
  let token: UInt64

  /// Lets the client in, as a member of these rooms. Rooms are local to its tenant.
  public func accept(rooms: [String]) {
    guard let table = try? services.table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    rooms.withHubStrs { table.pointee.accept(services.host, token, $0, $1) }
  }

  /// Refuses with CONNECT_ERROR `{message, data}`; the connection stays.
  public func refuse(_ message: String, data: JSONValue) {
    guard let table = try? services.table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    message.withHubStr { message in
      data.serialized().withHubStr { table.pointee.refuse(services.host, token, message, $0) }
    }
  }
}

/// Where the answer to one client event goes; without an ack callback at the client, calling it does nothing.
public struct HubAck: Sendable {
  let services: HubServices
  let token: UInt64

  /// Whether the client waits for an answer.
  public var isWanted: Bool { token != 0 }

  /// Answers with these arguments.
  public func callAsFunction(_ arguments: JSONValue...) {
    guard isWanted, let table = try? services.table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    JSONValue.array(arguments).serialized().withHubStr { table.pointee.ack(services.host, token, $0) }
  }
}

/// An adapter with Socket.IO namespaces. Calls come on event loops and must not block.
public protocol HubNamespaceHandler: HubAdapter {
  /// A client asks to join; answered once, now or later.
  func connect(_ connect: HubConnect, answer: HubConnectAnswer)
  /// A socket that was let in has left.
  func disconnected(namespace: UInt32, socket: String, reason: String)
  /// A client sent an event.
  func message(_ message: HubClientMessage, ack: HubAck)
}

extension HubServices {
  /// Opens a namespace in `start`; it must be claimed in the config.
  public func openNamespace(_ name: String, id: UInt32) throws {
    let table = try table("hub.namespace/1", as: hub_namespace_1.self)
    let status = name.withHubStr { table.pointee.open(host, $0, id) }
    guard status == hub_status.ok else { throw HubError(status: status, "the namespace \(name) was refused") }
  }

  /// What a packet is for: who gets it, and from which event it comes.
  public enum Audience: Sendable {
    /// Everybody of the event's tenant in any of the rooms, one copy each; `index` is the packet's place in that event's mapping.
    case rooms([String], of: HubDelivery, index: UInt32)
    /// One socket.
    case socket(String)
    /// Everybody of the socket's tenant in any of the rooms but the socket itself; volatile.
    case others([String], from: String)
  }

  /// Emits one packet. Encoding and fan-out are the hub's.
  @discardableResult
  public func emit(_ name: String, arguments: [UInt8], namespace: UInt32, to audience: Audience) -> Bool {
    guard let table = try? table("hub.namespace/1", as: hub_namespace_1.self) else { return false }
    var emit = hub_emit_1()
    var arena = TextArena(capacity: arguments.count + 256)
    let nameSlice = arena.add(name)
    let argumentSlice = arena.add(arguments)
    var rooms: [TextArena.Slice] = []
    var socket = arena.add("")
    switch audience {
    case .rooms(let names, let delivery, let index):
      rooms = names.map { arena.add($0) }
      emit.event = delivery.token
      emit.index = index
      if delivery.isVolatile { emit.flags = UInt32(HUB_EMIT_VOLATILE) }
    case .socket(let id):
      socket = arena.add(id)
    case .others(let names, let id):
      rooms = names.map { arena.add($0) }
      socket = arena.add(id)
      emit.flags = UInt32(HUB_EMIT_VOLATILE)
    }
    return arena.withPointers { pointer in
      rooms.map(pointer).withUnsafeBufferPointer { rooms in
        emit.rooms = rooms.baseAddress
        emit.n_rooms = rooms.count
        emit.socket = pointer(socket)
        emit.name = pointer(nameSlice)
        emit.args_json = pointer(argumentSlice)
        return table.pointee.emit(host, namespace, &emit) == hub_status.ok
      }
    }
  }

  /// Puts a socket into a room of its tenant.
  public func join(_ room: String, socket: String, namespace: UInt32) {
    guard let table = try? table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    _ = socket.withHubStr { socket in room.withHubStr { table.pointee.join(host, namespace, socket, $0) } }
  }

  /// Takes a socket out of a room of its tenant.
  public func leave(_ room: String, socket: String, namespace: UInt32) {
    guard let table = try? table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    _ = socket.withHubStr { socket in room.withHubStr { table.pointee.leave(host, namespace, socket, $0) } }
  }

  /// Ends a socket's membership of the namespace, or its whole connection.
  public func disconnect(socket: String, namespace: UInt32, closeTransport: Bool = false) {
    guard let table = try? table("hub.namespace/1", as: hub_namespace_1.self) else { return }
    _ = socket.withHubStr { table.pointee.disconnect(host, namespace, $0, closeTransport ? 1 : 0) }
  }
}
