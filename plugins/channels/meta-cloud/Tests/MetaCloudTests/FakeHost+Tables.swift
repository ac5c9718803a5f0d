import CHubPlugin
import OrderedJSON
import Synchronization

extension FakeHost {
  /// The host's table. It lives as long as the process, as the ABI asks.
  nonisolated(unsafe) static let table: UnsafePointer<hub_host_api> = permanent(
    hub_host_api(
      struct_size: UInt32(MemoryLayout<hub_host_api>.size), major: UInt16(HUB_ABI_MAJOR), minor: 0,
      log: { host, level, message, fields in
        let line = LogLine(level: level, message: text(message), fields: (try? JSONValue(parsing: text(fields))) ?? .null)
        FakeHost.of(host)?.state.withLock { $0.logs.append(line) }
      },
      health: { host, state, _ in FakeHost.of(host)?.state.withLock { $0.health.append(state) } },
      emit: { host, events, count, token in
        FakeHost.of(host)?.take(UnsafeBufferPointer(start: events, count: count), token) ?? hub_status(HUB_ECLOSED)
      },
      complete: { host, token, status, answer in
        guard let host = FakeHost.of(host) else { return }
        let answer = (status, text(answer))
        let waiting = host.state.withLock { state in
          state.answers[token] = answer
          return state.calls.removeValue(forKey: token)
        }
        waiting?.resume(returning: answer)
      },
      extension: { _, id in
        switch id.map({ String(cString: $0) }) {
        case "hub.http-route/1": UnsafeRawPointer(FakeHost.routes)
        case "hub.secret/1": UnsafeRawPointer(FakeHost.secrets)
        case "hub.metric/1": UnsafeRawPointer(FakeHost.metrics)
        default: nil
        }
      }))

  nonisolated(unsafe) private static let routes: UnsafePointer<hub_http_route_1> = permanent(
    hub_http_route_1(
      add: { host, method, path, access, _, route in
        FakeHost.of(host)?.state.withLock { $0.routes.append("\(text(method)) \(text(path)) access \(access) route \(route)") }
        return 0
      },
      respond: { host, token, message in
        guard let message = message?.pointee else { return }
        let headers = UnsafeBufferPointer(start: message.headers, count: Int(message.n_headers)).map { (text($0.name), text($0.value)) }
        let response = Response(
          status: message.status, headers: Dictionary(headers, uniquingKeysWith: { "\($0), \($1)" }), body: text(message.body))
        FakeHost.of(host)?.state.withLock { $0.requests.removeValue(forKey: token) }?.resume(returning: response)
      }))

  nonisolated(unsafe) private static let secrets: UnsafePointer<hub_secret_1> = permanent(
    hub_secret_1(get: { host, handle, token in
      guard let host = FakeHost.of(host) else { return }
      let handle = text(handle)
      let value = host.state.withLock { state in
        state.secretReads.append(handle)
        return state.secrets[handle]
      }
      host.completed(token, value == nil ? hub_status(HUB_ENOTFOUND) : 0, value ?? "no such secret")
    }))

  nonisolated(unsafe) private static let metrics: UnsafePointer<hub_metric_1> = permanent(
    hub_metric_1(
      define: { host, _, name, _, _ in
        let name = text(name)
        return FakeHost.of(host)?.state.withLock { state in
          state.metricNames.append(name)
          return UInt32(state.metricNames.count)
        } ?? 0
      },
      record: { host, metric, value, labels, count in
        let labels = UnsafeBufferPointer(start: labels, count: count).map(text).joined(separator: ",")
        FakeHost.of(host)?.state.withLock { state in
          state.metrics["\(state.metricNames[Int(metric) - 1]){\(labels)}", default: 0] += value
        }
      }))

  private func take(_ events: UnsafeBufferPointer<hub_event>, _ token: hub_token) -> hub_status {
    let taken = events.map { event in
      Emitted(
        kind: text(event.kind), id: text(event.id), account: text(event.account), conversation: text(event.conversation),
        cause: text(event.cause), timeMs: event.time_ms, body: Array(UnsafeRawBufferPointer(start: event.body.ptr, count: event.body.len)))
    }
    let (journal, answer) = state.withLock { state -> (Journal, String) in
      state.batches.append(taken.count)
      guard state.journal == .durable || state.journal == .held else { return (state.journal, "") }
      let new = taken.filter { state.rows.insert([$0.account, $0.kind, $0.id]).inserted }
      state.emitted += new
      let answer = "{\"stored\":\(new.count),\"duplicate\":\(taken.count - new.count),\"unknownAccount\":0,\"invalid\":0}"
      if state.journal == .held { state.held.append((token, answer)) }
      return (state.journal, answer)
    }
    switch journal {
    case .durable: completed(token, 0, answer)
    case .held: break
    case .busy: return hub_status(HUB_EBUSY)
    case .failing: completed(token, hub_status(HUB_EFAIL), "disk full")
    }
    return 0
  }

  private static func of(_ host: OpaquePointer?) -> FakeHost? {
    host.map { Unmanaged<FakeHost>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }

  private static func permanent<Table>(_ table: Table) -> UnsafePointer<Table> {
    let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return UnsafePointer(pointer)
  }

  static func with<Result>(_ one: String, _ other: String, _ body: (hub_str, hub_str) -> Result) -> Result {
    with([one, other]) { body($0[0], $0[1]) }
  }

  static func with<Result>(_ texts: [String], _ body: ([hub_str]) -> Result) -> Result {
    let copies = texts.map { text in
      let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
      _ = copy.initialize(from: text.utf8CString)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    return body(zip(texts, copies).map { hub_str(ptr: $1.baseAddress, len: $0.utf8.count) })
  }
}

private func text(_ string: hub_str) -> String {
  String(decoding: UnsafeRawBufferPointer(start: string.ptr, count: string.len), as: UTF8.self)
}
