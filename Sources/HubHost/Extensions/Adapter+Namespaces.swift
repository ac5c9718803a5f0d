internal import CHubPlugin
internal import HubAuth
internal import Logging
internal import OrderedJSON
internal import RealtimeServer
internal import Synchronization

extension Adapter {
  private static let maximumRooms = 64

  /// Opens a namespace that the adapter's config claims.
  func openNamespace(_ name: String, id: UInt32) -> hub_status {
    guard let realtime = services.realtime else { return Status.unsupported }
    guard spec.claims.contains(.namespace(name)) else { return Status.denied }
    guard let table: hub_namespace_instance_1 = instanceExtension(HUB_EXT_NAMESPACE) else { return Status.unsupported }
    let namespace = PluginNamespace(name: name, id: id, adapter: self, table: table)
    guard extensions.add(namespace) else { return Status.invalid }
    do {
      try realtime.open(name, namespace, spec.recoversSockets)
      return Status.ok
    } catch {
      extensions.remove(namespace)
      logger.error("namespace not opened", metadata: ["namespace": "\(name)", "reason": "\(error)"])
      return Status.busy
    }
  }

  /// Lets a client in. The room names are its tenant's.
  func accept(_ token: UInt64, rooms: [String]) {
    guard let pending = connecting(token) else { return }
    let local = rooms.map { TenantRoom.name($0, tenant: pending.tenant) }
    pending.decide(.accept(rooms: local, label: pending.tenant))
  }

  /// Refuses a client. Data that is no JSON is left out.
  func refuse(_ token: UInt64, message: String, data: [UInt8]) {
    guard let pending = connecting(token) else { return }
    let isJSON = (try? JSONValue(parsing: data)) != nil
    pending.decide(.refuse(message: message, data: isJSON ? data : Array("{}".utf8)))
  }

  /// Answers a client's event. What is no JSON array is answered as an empty one.
  func acknowledge(_ token: UInt64, arguments: [UInt8]) {
    let operation = operations.withLock { table in
      table.take(token) { if case .ack = $0 { true } else { false } }
    }
    guard case .ack(let pending)? = operation else { return countStray(token) }
    pending.answer(arguments.isJSONArray ? arguments : Array("[]".utf8))
  }

  /// Sends one packet: for a delivered event to rooms of its tenant; else to one socket, or volatile to rooms of its tenant.
  func emitPacket(id: UInt32, _ raw: hub_emit_1) -> hub_status {
    guard let realtime = services.realtime, let namespace = extensions.namespace(id) else { return Status.notFound }
    let isVolatile = raw.flags & UInt32(HUB_EMIT_VOLATILE) != 0
    let flags: EmitFlags = isVolatile ? .volatile : []
    guard raw.name.len > 0, raw.name.len <= 1024, raw.args_json.len <= 64 << 20, raw.n_rooms <= Self.maximumRooms,
      raw.rooms != nil || raw.n_rooms == 0
    else { return Status.invalid }
    let arguments = raw.args_json.len > 0 ? raw.args_json.bytes : Array("[]".utf8)
    guard arguments.isJSONArray else { return Status.invalid }
    let rooms = UnsafeBufferPointer(start: raw.rooms, count: raw.n_rooms).map(\.text)
    var packet = EventPacket(raw.name.text, arguments: arguments)

    if raw.event != 0 {
      guard case .delivery(let delivery)? = operations.withLock({ $0.peek(raw.event) }) else { return Status.notFound }
      guard !rooms.isEmpty else { return Status.invalid }
      if delivery.sequence > 0, !isVolatile { packet.offset = "\(delivery.sequence).\(raw.index)" }
      realtime.emit(namespace.name, rooms.map { TenantRoom.name($0, tenant: delivery.tenant) }, [], packet, flags)
      return Status.ok
    }
    guard let socket = SocketID(raw.socket.text), let identity = namespace.identity(of: socket) else { return Status.notFound }
    if rooms.isEmpty {
      realtime.send(socket, packet, flags)
      return Status.ok
    }
    guard isVolatile else { return Status.invalid }
    realtime.emit(namespace.name, rooms.map { TenantRoom.name($0, tenant: identity.tenant) }, [socket], packet, flags)
    return Status.ok
  }

  /// Does something to one of the adapter's own sockets.
  func withSocket(id: UInt32, _ text: String, _ body: (RealtimePort, SocketID, _ tenant: String) -> Void) -> hub_status {
    guard let realtime = services.realtime, let namespace = extensions.namespace(id), let socket = SocketID(text),
      let identity = namespace.identity(of: socket)
    else { return Status.notFound }
    body(realtime, socket, identity.tenant)
    return Status.ok
  }

  private func connecting(_ token: UInt64) -> PendingConnect? {
    let operation = operations.withLock { table in
      table.take(token) { if case .connect = $0 { true } else { false } }
    }
    guard case .connect(let pending)? = operation else {
      countStray(token)
      return nil
    }
    return pending
  }
}

extension [UInt8] {
  fileprivate var isJSONArray: Bool { withUnsafeBytes { (try? JSONScanner.elements(of: $0, maxDepth: 128)) != nil } }
}
