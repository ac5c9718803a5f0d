import CHubPlugin
import HubPluginSDK
import Synchronization

extension HostTables {
  nonisolated(unsafe) static let values = permanent(
    hub_kv_1(
      get: { host, key, token in
        let key = key.string
        HostTables.of(host)?.onValues(token) { state in
          state.values[key].map { (0, $0) } ?? (hub_status(HUB_ENOTFOUND), Array("no such value".utf8))
        }
      },
      put: { host, key, value, lifetime, token in
        let (key, value) = (key.string, value.array)
        HostTables.of(host)?.onValues(token) { state in
          guard (1...512).contains(key.utf8.count), value.count <= 64 << 10 else { return (hub_status(HUB_EINVAL), []) }
          state.values[key] = value
          state.lifetimes.append(lifetime)
          return (0, [])
        }
      },
      remove: { host, key, token in
        let key = key.string
        HostTables.of(host)?.onValues(token) { state in
          state.values[key] = nil
          return (0, [])
        }
      }))
}

extension FakeHost {
  fileprivate func onValues(_ token: hub_token, _ operation: @Sendable (inout State) -> (hub_status, [UInt8])) {
    guard owe(token) else { return }
    let (status, body) = state.withLock { state -> (hub_status, [UInt8]) in
      if let refusal = state.valueRefusal { return (refusal.rawValue, Array("refused".utf8)) }
      return operation(&state)
    }
    answer(token, status, body)
  }
}
