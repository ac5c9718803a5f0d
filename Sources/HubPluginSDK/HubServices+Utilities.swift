import CHubPlugin
public import OrderedJSON

/// A metric of this adapter in the hub's /metrics.
public struct HubMetric: Sendable {
  private let services: HubServices
  // Valid for ever by the ABI's lifetime rule.
  private nonisolated(unsafe) let table: UnsafePointer<hub_metric_1>
  private let id: UInt32

  init(services: HubServices, table: UnsafePointer<hub_metric_1>, id: UInt32) {
    self.services = services
    self.table = table
    self.id = id
  }

  /// Adds to a counter, sets a gauge, observes in a histogram. One value per label, in the order defined.
  public func record(_ value: Double = 1, _ labels: [String] = []) {
    labels.withHubStrs { table.pointee.record(services.host, id, value, $0, $1) }
  }
}

extension HubServices {
  /// What a metric measures.
  public enum MetricKind: Int32, Sendable {
    case counter = 1
    case gauge = 2
    case histogram = 3
  }

  /// Defines a metric: `hub_plugin_<name>{adapter="…", label="…"}`.
  public func metric(_ kind: MetricKind, _ name: String, labels: [String] = []) throws -> HubMetric {
    let table = try table("hub.metric/1", as: hub_metric_1.self)
    let id = name.withHubStr { name in labels.withHubStrs { table.pointee.define(host, kind.rawValue, name, $0, $1) } }
    guard id != 0 else { throw HubError(.invalid, "the metric \(name) was refused") }
    return HubMetric(services: self, table: table, id: id)
  }

  /// Says which kinds of events are wanted. A hub that does not offer the extension, or does not grant it, delivers every kind.
  func deliver(only kinds: Set<String>) {
    guard let table = try? table("hub.kinds/1", as: hub_kinds_1.self) else { return }
    _ = kinds.sorted().withHubStrs { table.pointee.only(host, $0, $1) }
  }

  /// Says whether anybody is there whom an event could reach. While not, events pass the sink by: they are not delivered, now or later.
  /// To be said before whoever comes is let in, and by one thread at a time: the last word holds.
  public func heard(_ isHeard: Bool) {
    guard let table = try? table("hub.kinds/1", as: hub_kinds_1.self) else { return }
    table.pointee.heard(host, isHeard ? 1 : 0)
  }

  /// The value behind a secret handle of this adapter's config, read at the time of the call so that rotation needs no restart.
  /// `completion` is called once, usually at once.
  public func secret(_ handle: String, completion: @escaping @Sendable (Result<[UInt8], HubError>) -> Void) {
    do {
      let table = try table("hub.secret/1", as: hub_secret_1.self)
      let token = pending.add { status, body in
        completion(status == hub_status.ok ? .success(body.array) : .failure(HubError(status: status, body.string)))
      }
      handle.withHubStr { table.pointee.get(host, $0, token) }
    } catch {
      completion(.failure((error as? HubError) ?? HubError(.failed, "\(error)")))
    }
  }

  /// The value behind a secret handle.
  public func secret(_ handle: String) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      secret(handle) { continuation.resume(with: $0.mapError { $0 as any Error }) }
    }
  }

  /// The values behind several handles that can be read, in order, as while a secret is replaced by another: one that is missing or empty does not
  /// hide the others. A text that is no handle stands for itself. `completion` is called once, usually at once.
  public func secrets(_ handles: [String], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    secrets(handles[...], found: [], completion: completion)
  }

  private func secrets(_ handles: ArraySlice<String>, found: [[UInt8]], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    guard let handle = handles.first else { return completion(found) }
    let rest = handles.dropFirst()
    guard handle.hasPrefix("secret://") else { return secrets(rest, found: found + [Array(handle.utf8)], completion: completion) }
    secret(handle) { [self] result in
      let value = (try? result.get()) ?? []
      secrets(rest, found: value.isEmpty ? found : found + [value], completion: completion)
    }
  }

  /// A timer under way.
  public struct Timer: Sendable {
    let token: UInt64
  }

  /// Calls `action` once after that many milliseconds, unless cancelled.
  @discardableResult
  public func after(milliseconds: UInt64, _ action: @escaping @Sendable () -> Void) throws -> Timer {
    let table = try table("hub.timer/1", as: hub_timer_1.self)
    let token = pending.add { status, _ in if status == hub_status.ok { action() } }
    let status = table.pointee.after(host, milliseconds, token)
    guard status == hub_status.ok else {
      _ = pending.take(token)
      throw HubError(status: status, "the timer was refused")
    }
    return Timer(token: token)
  }

  /// Calls `action` once after that many milliseconds, for what has to go on: it can't be cancelled, and where the hub has no timer left, or gives
  /// the adapter none, a task waits instead.
  ///
  /// - Throws: `closed`, when the adapter has ended. One that ends before the time is over is not called either.
  public func later(milliseconds: UInt64, _ action: @escaping @Sendable () -> Void) throws(HubError) {
    let refusal: HubError
    do {
      try after(milliseconds: milliseconds, action)
      return
    } catch {
      refusal = (error as? HubError) ?? HubError(.failed, "\(error)")
    }
    guard refusal.code != .closed else { throw refusal }
    Task {
      try? await Task.sleep(for: .milliseconds(milliseconds))
      action()
    }
  }

  /// Cancels a timer; one that has fired is left alone.
  public func cancel(_ timer: Timer) {
    guard pending.take(timer.token) != nil, let table = try? table("hub.timer/1", as: hub_timer_1.self) else { return }
    table.pointee.cancel(host, timer.token)
  }

  /// How many connections there are, in total and by tenant and namespace.
  public func stats() async throws -> JSONValue {
    let table = try table("hub.stats/1", as: hub_stats_1.self)
    return try JSONValue(parsing: try await answer { table.pointee.snapshot(host, $0) })
  }

  /// Asks the journal's projections on behalf of a socket's tenant, for example `{"conversation": "cnv_…"}`.
  /// `completion` gets the answer, or `notFound`, also for what belongs to another tenant.
  public func query(_ request: JSONValue, for socket: String, completion: @escaping @Sendable (Result<JSONValue, HubError>) -> Void) {
    do {
      let table = try table("hub.query/1", as: hub_query_1.self)
      let token = pending.add { status, body in
        guard status == hub_status.ok else { return completion(.failure(HubError(status: status, body.string))) }
        completion(Result { try JSONValue(parsing: body.array) }.mapError { HubError(.failed, "\($0)") })
      }
      socket.withHubStr { socket in request.serialized().withHubStr { table.pointee.query(host, socket, $0, token) } }
    } catch {
      completion(.failure((error as? HubError) ?? HubError(.failed, "\(error)")))
    }
  }
}
