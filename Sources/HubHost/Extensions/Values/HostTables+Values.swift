internal import CHubPlugin
internal import HubStore
internal import HubTelemetry

extension HostTables {
  static let values = Table(
    hub_kv_1(
      get: { host, key, token in
        HostHandle.adapter(host)?.onValues(key, token, wants: true) { adapter, store, key, answer in
          store.get(key, of: adapter, answer: answer)
        }
      },
      put: { host, key, value, lifetime, token in
        guard let adapter = HostHandle.adapter(host) else { return }
        // Read only once it is known to be no longer than what is kept.
        let limit = adapter.services.values?.limits.value ?? 0
        let bytes = value.len <= limit ? value.bytes : [UInt8](repeating: 0, count: limit + 1)
        adapter.onValues(key, token) { adapter, store, key, answer in
          store.put(bytes, for: key, of: adapter, lifetime: lifetime == 0 ? nil : Int64(clamping: lifetime), answer: answer)
        }
      },
      remove: { host, key, token in
        HostHandle.adapter(host)?.onValues(key, token) { adapter, store, key, answer in store.remove(key, of: adapter, answer: answer) }
      }))
}

extension Adapter {
  /// Begins an operation on the adapter's own values; its token is completed with how it ended.
  fileprivate func onValues(
    _ key: hub_str, _ token: UInt64, wants value: Bool = false,
    _ begin: (_ owner: String, ValueStore, [UInt8], @escaping ValueStore.Answer) -> Void
  ) {
    guard owed.begin(token) else { return }
    guard let store = services.values else {
      return answer(token, Status.unsupported, Array("this hub keeps no values".utf8))
    }
    let bytes = key.len <= store.limits.key ? key.bytes : [UInt8](repeating: 0, count: store.limits.key + 1)
    begin(spec.id, store, bytes) { [self] result in
      switch result {
      case .success(nil) where value: answer(token, Status.notFound, Array("no such value".utf8))
      case .success(let found): answer(token, Status.ok, found ?? [])
      case .failure(let failure):
        services.metrics.drops.with("values", failure.rawValue).increment()
        answer(token, failure.status, Array(failure.words.utf8))
      }
    }
  }
}

extension ValueStore.Failure {
  fileprivate var status: hub_status {
    switch self {
    case .invalid: Status.invalid
    case .full, .busy: Status.busy
    case .unavailable: Status.failed
    case .closed: Status.closed
    }
  }

  fileprivate var words: String {
    switch self {
    case .invalid: "the key is empty, or key or value are too long"
    case .full: "the adapter's values take up all there is for them"
    case .busy: "too many operations wait"
    case .unavailable: "the values can't be read or written"
    case .closed: "the values are closed"
    }
  }
}
