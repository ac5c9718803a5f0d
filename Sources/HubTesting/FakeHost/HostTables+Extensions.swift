import CHubPlugin
import HubPluginSDK
import OrderedJSON
import Synchronization

extension HostTables {
  nonisolated(unsafe) static let routes = permanent(
    hub_http_route_1(
      add: { host, method, path, access, role, number in
        let route = FakeHost.Route(
          method.string, path.string, access: .init(rawValue: access) ?? .required, role: role.string, number: number)
        return HostTables.note(host) { $0.routes.append(route) }
      },
      respond: { host, token, message in
        guard let message = message?.pointee else { return }
        let headers = UnsafeBufferPointer(start: message.headers, count: Int(message.n_headers)).map { ($0.name.string, $0.value.string) }
        let response = FakeHost.Response(
          status: message.status, headers: Dictionary(headers, uniquingKeysWith: { "\($0), \($1)" }), body: message.body.string)
        let waiting = HostTables.of(host)?.state.withLock { state -> CheckedContinuation<FakeHost.Response, Never>? in
          let waiting = state.requests.removeValue(forKey: token)
          if waiting == nil, token != 0 { state.strays += 1 }
          return waiting
        }
        waiting?.resume(returning: response)
      }))

  nonisolated(unsafe) static let secrets = permanent(
    hub_secret_1(get: { host, handle, token in
      guard let host = HostTables.of(host), host.owe(token) else { return }
      let handle = handle.string
      let value = host.state.withLock { state in
        state.secretReads.append(handle)
        return state.secrets[handle]
      }
      host.answer(token, value == nil ? hub_status(HUB_ENOTFOUND) : 0, Array((value ?? "no such secret").utf8))
    }))

  nonisolated(unsafe) static let metrics = permanent(
    hub_metric_1(
      define: { host, _, name, _, _ in
        let name = name.string
        return HostTables.of(host)?.state.withLock { state in
          state.metricNames.append(name)
          return UInt32(state.metricNames.count)
        } ?? 0
      },
      record: { host, metric, value, labels, count in
        let labels = labels?.strings(count).joined(separator: ",") ?? ""
        HostTables.of(host)?.state.withLock { state in
          guard state.metricNames.indices.contains(Int(metric) - 1) else { return }
          let key = "\(state.metricNames[Int(metric) - 1]){\(labels)}"
          state.metrics[key, default: 0] += value
          state.recorded.append(key)
        }
      }))

  nonisolated(unsafe) static let timers = permanent(
    hub_timer_1(
      after: { host, milliseconds, token in
        HostTables.of(host)?.setTimer(milliseconds: milliseconds, token) ?? hub_status(HUB_ECLOSED)
      },
      cancel: { host, token in HostTables.of(host)?.cancelTimer(token) }))

  nonisolated(unsafe) static let logLevel = permanent(
    hub_log_level_1(least: { host in (HostTables.of(host)?.state.withLock { $0.leastLevel } ?? .error).rawValue }))

  nonisolated(unsafe) static let kinds = permanent(
    hub_kinds_1(
      only: { host, names, count in
        guard let host = HostTables.of(host) else { return hub_status(HUB_ECLOSED) }
        let names = names?.strings(count) ?? []
        guard names.count <= 256, names.allSatisfy({ $0.utf8.count <= 128 }) else { return hub_status(HUB_EINVAL) }
        return host.state.withLock { state in
          // As in the hub: only a sink is delivered by kind, and the choice is made before the first delivery.
          guard state.kind == .sink, state.isComingUp else { return hub_status(HUB_EDENIED) }
          state.kinds = Set(names)
          return 0
        }
      }, heard: { host, isHeard in HostTables.of(host)?.state.withLock { $0.isHeard = isHeard != 0 } }))

  nonisolated(unsafe) static let upstreams = permanent(
    hub_upstream_socket_1(
      open: { host, id, options in
        guard let host = HostTables.of(host), let options = options?.pointee else { return hub_status(HUB_ECLOSED) }
        return host.open(FakeHost.Upstream(id: id, options))
      },
      close: { host, id in HostTables.of(host)?.state.withLock { $0.upstreams[id] = nil } },
      emit: { host, id, namespace, name, arguments, attachments, count, token in
        guard let host = HostTables.of(host) else { return hub_status(HUB_ECLOSED) }
        let emit = FakeHost.UpstreamEmit(
          upstream: id, namespace: namespace.string, name: name.string, arguments: arguments.json,
          attachments: UnsafeBufferPointer(start: attachments, count: Int(count)).map(\.array), wantsAnswer: token != 0)
        return host.take(emit, token)
      }))

  nonisolated(unsafe) static let interest = permanent(
    hub_interest_1(
      want: { host in
        guard let host = HostTables.of(host) else { return hub_status(HUB_ECLOSED) }
        return host.state.withLock { state in
          guard state.kind == .channel else { return hub_status(HUB_EDENIED) }
          state.wantsInterest = true
          return 0
        }
      },
      look: { host, socket, conversation, isOn in
        let line = "\(isOn != 0 ? "+" : "-")\(socket.string) \(conversation.string)"
        return HostTables.note(host) { $0.interests.append(line) }
      },
      typing: { host, socket, conversation, isOn in
        let line = "typing \(isOn != 0 ? "+" : "-")\(socket.string) \(conversation.string)"
        return HostTables.note(host) { $0.interests.append(line) }
      }))

  nonisolated(unsafe) static let query = permanent(
    hub_query_1(query: { host, _, request, token in
      guard let host = HostTables.of(host), host.owe(token) else { return }
      let id = request.json["conversation"]?.string ?? ""
      let isHeld = host.state.withLock { state in
        if state.holdsQueries { state.heldQueries.append((id, token)) }
        return state.holdsQueries
      }
      if isHeld == false { host.answerQuery(id, token) }
    }))

  nonisolated(unsafe) static let stats = permanent(
    hub_stats_1(snapshot: { host, token in
      guard let host = HostTables.of(host), host.owe(token) else { return }
      host.answer(token, 0, host.state.withLock { $0.stats }.serialized())
    }))

  nonisolated(unsafe) static let namespace = permanent(
    hub_namespace_1(
      open: { host, name, _ in
        let name = name.string
        return HostTables.note(host) { $0.namespaces.append(name) }
      },
      accept: { host, token, rooms, count in
        let rooms = rooms?.strings(count) ?? []
        HostTables.of(host)?.state.withLock { if $0.end(\.connects, token) { $0.accepted.append(rooms) } }
      },
      refuse: { host, token, _, data in
        let data = data.json
        HostTables.of(host)?.state.withLock { if $0.end(\.connects, token) { $0.refused.append(data) } }
      },
      emit: { host, _, emit in
        guard let host = HostTables.of(host), let emit = emit?.pointee else { return hub_status(HUB_ECLOSED) }
        let packet = FakeHost.Packet(
          event: emit.event, index: emit.index, isVolatile: emit.flags & UInt32(HUB_EMIT_VOLATILE) != 0,
          rooms: emit.rooms?.strings(emit.n_rooms) ?? [], socket: emit.socket.string, name: emit.name.string, arguments: emit.args_json.json
        )
        return host.state.withLock { state in
          if let refusal = state.packetRefusal { return refusal.rawValue }
          state.packets.append(packet)
          return 0
        }
      },
      ack: { host, token, arguments in
        let answer = arguments.json[0]
        HostTables.of(host)?.state.withLock { if $0.end(\.openAcks, token) { $0.acks[token] = answer } }
      },
      join: { host, _, socket, room in
        let line = "+\(socket.string) \(room.string)"
        let meanwhile = HostTables.of(host)?.state.withLock { state in
          defer { state.duringJoin = nil }
          return state.duringJoin
        }
        meanwhile?()
        return HostTables.note(host) { $0.rooms.append(line) }
      },
      leave: { host, _, socket, room in
        let line = "-\(socket.string) \(room.string)"
        return HostTables.note(host) { $0.rooms.append(line) }
      },
      disconnect: { host, _, socket, _ in
        let socket = socket.string
        return HostTables.note(host) { $0.disconnected.append(socket) }
      }))
}
