internal import CHubPlugin
internal import OrderedJSON

extension HostTables {
  static let namespace = Table(
    hub_namespace_1(
      open: { host, name, id in HostHandle.adapter(host)?.openNamespace(name.text, id: id) ?? Status.closed },
      accept: { host, token, rooms, count in
        guard let adapter = HostHandle.adapter(host), count <= 256 else { return }
        adapter.accept(token, rooms: UnsafeBufferPointer(start: rooms, count: rooms == nil ? 0 : count).map(\.text))
      },
      refuse: { host, token, message, data in HostHandle.adapter(host)?.refuse(token, message: message.text, data: data.bytes) },
      emit: { host, id, packet in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        guard let packet else { return Status.invalid }
        return adapter.emitPacket(id: id, packet.pointee)
      },
      ack: { host, token, arguments in HostHandle.adapter(host)?.acknowledge(token, arguments: arguments.bytes) },
      join: { host, id, socket, room in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.withSocket(id: id, socket.text) { $0.join($1, TenantRoom.name(room.text, tenant: $2)) }
      },
      leave: { host, id, socket, room in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.withSocket(id: id, socket.text) { $0.leave($1, TenantRoom.name(room.text, tenant: $2)) }
      },
      disconnect: { host, id, socket, closes in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.withSocket(id: id, socket.text) { realtime, socket, _ in realtime.disconnect(socket, closes != 0) }
      }))

  static let query = Table(
    hub_query_1(query: { host, socket, request, token in
      HostHandle.adapter(host)?.query(socket: socket.text, request: request.bytes, token: token)
    }))

  static let stats = Table(
    hub_stats_1(snapshot: { host, token in
      guard let adapter = HostHandle.adapter(host), adapter.owed.begin(token) else { return }
      adapter.answer(token, Status.ok, adapter.services.stats().serialized())
    }))
}
