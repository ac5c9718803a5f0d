internal import CHubPlugin

/// The tables of functions every plugin shares. They live as long as the process (hub_plugin.h, OWNERSHIP).
enum HostTables {
  /// A table at an address of its own.
  // Written once, before its address is known to anybody, and never again.
  struct Table<Value>: @unchecked Sendable {
    let pointer: UnsafePointer<Value>

    init(_ value: Value) {
      let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      memory.initialize(to: value)
      pointer = UnsafePointer(memory)
    }
  }

  static let api = Table(
    hub_host_api(
      struct_size: UInt32(MemoryLayout<hub_host_api>.size), major: UInt16(HUB_ABI_MAJOR), minor: UInt16(HUB_ABI_MINOR),
      log: { host, level, message, fields in HostHandle.adapter(host)?.log(level: level, message: message, fields: fields) },
      health: { host, state, detail in HostHandle.adapter(host)?.reportHealth(state, detail: detail) },
      emit: { host, events, count, token in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.emit(UnsafeBufferPointer(start: events, count: events == nil ? 0 : count), token: token)
      },
      complete: { host, token, status, body in HostHandle.adapter(host)?.complete(token, status: status, body: body) },
      extension: { host, id in
        guard let adapter = HostHandle.adapter(host), let id else { return nil }
        return adapter.extensionTable(String(cString: id))
      }))

  /// The ids of all extensions this host offers.
  static let offered: Set<String> = [
    HUB_EXT_METRIC, HUB_EXT_TIMER, HUB_EXT_SECRET, HUB_EXT_HTTP_ROUTE, HUB_EXT_NAMESPACE, HUB_EXT_QUERY, HUB_EXT_STATS, HUB_EXT_KINDS,
    HUB_EXT_LOG_LEVEL, HUB_EXT_UPSTREAM_SOCKET, HUB_EXT_HTTP_CLIENT, HUB_EXT_KV, HUB_EXT_MEDIA, HUB_EXT_INTEREST,
  ]
}
