import CHubPlugin

/// Small values that outlive the adapter and the hub, private to the adapter's name in hub.yaml. Operations are done in the order of their
/// calls; a key has at most 512 bytes, a value 64 KiB, all of them together 16 MiB.
public struct HubValues: Sendable {
  let services: HubServices

  /// Looks a value up; `completion` gets nil when there is none.
  public func get(_ key: String, completion: @escaping @Sendable (Result<[UInt8]?, HubError>) -> Void) {
    begin({ table, token in key.withHubStr { table.get(services.host, $0, token) } }) { result in
      switch result {
      case .success(let value): completion(.success(value))
      case .failure(let error) where error.code == .notFound: completion(.success(nil))
      case .failure(let error): completion(.failure(error))
      }
    }
  }

  /// Looks a value up; nil when there is none.
  public func get(_ key: String) async throws(HubError) -> [UInt8]? {
    try await withCheckedContinuation { continuation in get(key) { continuation.resume(returning: $0) } }.get()
  }

  /// Keeps a value, for ever or for some time; `completion` is called once it is on disk.
  public func put(
    _ value: [UInt8], for key: String, lifetime: Duration? = nil, completion: @escaping @Sendable (Result<Void, HubError>) -> Void
  ) {
    let milliseconds = lifetime.map {
      UInt64(clamping: max(1, $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000))
    }
    begin({ table, token in
      key.withHubStr { key in value.withHubStr { table.put(services.host, key, $0, milliseconds ?? 0, token) } }
    }) { completion($0.map { _ in }) }
  }

  /// Keeps a value, for ever or for some time; returns once it is on disk.
  public func put(_ value: [UInt8], for key: String, lifetime: Duration? = nil) async throws(HubError) {
    try await withCheckedContinuation { continuation in
      put(value, for: key, lifetime: lifetime) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Forgets a value, whether or not it was there; `completion` is called once that is on disk.
  public func remove(_ key: String, completion: @escaping @Sendable (Result<Void, HubError>) -> Void) {
    begin({ table, token in key.withHubStr { table.remove(services.host, $0, token) } }) { completion($0.map { _ in }) }
  }

  /// Forgets a value, whether or not it was there; returns once that is on disk.
  public func remove(_ key: String) async throws(HubError) {
    try await withCheckedContinuation { continuation in remove(key) { continuation.resume(returning: $0) } }.get()
  }

  private func begin(
    _ operation: (hub_kv_1, hub_token) -> Void, completion: @escaping @Sendable (Result<[UInt8], HubError>) -> Void
  ) {
    guard let table = try? services.table("hub.kv/1", as: hub_kv_1.self) else {
      return completion(.failure(HubError(.unsupported, "hub.kv/1 is not offered or not granted in hub.yaml")))
    }
    let token = services.pending.add { status, body in
      completion(status == hub_status.ok ? .success(body.array) : .failure(HubError(status: status, body.string)))
    }
    operation(table.pointee, token)
  }
}

extension HubServices {
  /// Values that are kept.
  public var values: HubValues { HubValues(services: self) }
}
