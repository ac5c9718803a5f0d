import CHubPlugin
import OrderedJSON
import Synchronization

/// The host's side of the C tables, all answered by the ``FakeHost`` behind the handle.
enum HostTables {
  nonisolated(unsafe) static let api = permanent(
    hub_host_api(
      struct_size: UInt32(MemoryLayout<hub_host_api>.size), major: 1, minor: 0,
      log: { host, _, message, _ in FakeHost.of(host)?.state.withLock { $0.log.append(message.text) } },
      health: { _, _, _ in },
      emit: { _, _, _, _ in Int32(HUB_EUNSUPPORTED) },
      complete: { host, token, status, _ in
        let waiting = FakeHost.of(host)?.state.withLock { state in
          state.completions[token] = status
          return state.waiting.removeValue(forKey: token)
        }
        waiting?.resume(returning: status)
      },
      extension: { _, id in
        switch id.map({ String(cString: $0) }) {
        case "hub.namespace/1": UnsafeRawPointer(HostTables.namespace)
        case "hub.query/1": UnsafeRawPointer(HostTables.query)
        case "hub.timer/1": UnsafeRawPointer(HostTables.timer)
        case "hub.metric/1": UnsafeRawPointer(HostTables.metric)
        default: nil
        }
      }))

  nonisolated(unsafe) static let namespace = permanent(
    hub_namespace_1(
      open: { host, name, _ in
        FakeHost.of(host)?.state.withLock { $0.opened.append(name.text) }
        return Int32(HUB_OK)
      },
      accept: { host, _, rooms, count in
        let rooms = UnsafeBufferPointer(start: rooms, count: count).map(\.text)
        FakeHost.of(host)?.state.withLock { $0.accepted.append(rooms) }
      },
      refuse: { host, _, _, data in FakeHost.of(host)?.state.withLock { $0.refused.append(data.json) } },
      emit: { host, _, emit in
        guard let host = FakeHost.of(host), let emit = emit?.pointee else { return Int32(HUB_EINVAL) }
        let packet = FakeHost.Emitted(
          event: emit.event, index: emit.index, isVolatile: emit.flags & UInt32(HUB_EMIT_VOLATILE) != 0,
          rooms: UnsafeBufferPointer(start: emit.rooms, count: emit.n_rooms).map(\.text), socket: emit.socket.text, name: emit.name.text,
          arguments: emit.args_json.json)
        return host.state.withLock { state in
          if state.emitStatus == HUB_OK { state.emitted.append(packet) }
          return Int32(state.emitStatus)
        }
      },
      ack: { host, token, arguments in FakeHost.of(host)?.state.withLock { $0.acks[token] = arguments.json[0] } },
      join: { host, _, socket, room in
        let meanwhile = FakeHost.of(host)?.state.withLock { state in
          defer { state.duringJoin = nil }
          return state.duringJoin
        }
        meanwhile?()
        FakeHost.of(host)?.state.withLock { $0.rooms.append("+\(socket.text) \(room.text)") }
        return Int32(HUB_OK)
      },
      leave: { host, _, socket, room in
        FakeHost.of(host)?.state.withLock { $0.rooms.append("-\(socket.text) \(room.text)") }
        return Int32(HUB_OK)
      },
      disconnect: { _, _, _, _ in Int32(HUB_OK) }))

  nonisolated(unsafe) static let query = permanent(
    hub_query_1(query: { host, _, request, token in
      let id = request.json["conversation"]?.string ?? ""
      let held = FakeHost.of(host)?.state.withLock { state in
        state.heldQueries?.append((id, token))
        return state.heldQueries != nil
      }
      if held == false { FakeHost.of(host)?.answer(id, token) }
    }))

  nonisolated(unsafe) static let timer = permanent(
    hub_timer_1(
      after: { host, delay, token in
        FakeHost.of(host)?.state.withLock { state in
          state.timers.append(token)
          state.delays.append(delay)
        }
        return Int32(HUB_OK)
      }, cancel: { _, _ in }))

  nonisolated(unsafe) static let metric = permanent(
    hub_metric_1(
      define: { _, _, name, _, _ in name.text == "unknown_events_total" ? 2 : 1 },
      record: { host, metric, _, labels, count in
        let labels = UnsafeBufferPointer(start: labels, count: count).map(\.text).joined(separator: " ")
        FakeHost.of(host)?.state.withLock { $0.counted.append(metric == 2 ? "unknown" : labels) }
      }))

  private static func permanent<Table>(_ table: Table) -> UnsafePointer<Table> {
    let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return UnsafePointer(pointer)
  }
}
