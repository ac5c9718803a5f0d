internal import CHubPlugin
internal import HubTelemetry
internal import Synchronization

extension HostTables {
  /// The table of an extension this host offers.
  static func table(_ id: String) -> UnsafeRawPointer? {
    switch id {
    case HUB_EXT_METRIC: UnsafeRawPointer(metric.pointer)
    case HUB_EXT_TIMER: UnsafeRawPointer(timer.pointer)
    case HUB_EXT_SECRET: UnsafeRawPointer(secret.pointer)
    case HUB_EXT_HTTP_ROUTE: UnsafeRawPointer(httpRoute.pointer)
    case HUB_EXT_NAMESPACE: UnsafeRawPointer(namespace.pointer)
    case HUB_EXT_QUERY: UnsafeRawPointer(query.pointer)
    case HUB_EXT_STATS: UnsafeRawPointer(stats.pointer)
    case HUB_EXT_KINDS: UnsafeRawPointer(kinds.pointer)
    case HUB_EXT_LOG_LEVEL: UnsafeRawPointer(logLevel.pointer)
    case HUB_EXT_INTEREST: UnsafeRawPointer(interest.pointer)
    case HUB_EXT_UPSTREAM_SOCKET: UnsafeRawPointer(upstreamSocket.pointer)
    case HUB_EXT_HTTP_CLIENT: UnsafeRawPointer(httpClient.pointer)
    case HUB_EXT_KV: UnsafeRawPointer(values.pointer)
    case HUB_EXT_MEDIA: UnsafeRawPointer(media.pointer)
    default: nil
    }
  }

  static let logLevel = Table(
    hub_log_level_1(least: { host in HostHandle.adapter(host)?.leastLevel ?? Int32(HUB_LOG_ERROR) }))

  static let kinds = Table(
    hub_kinds_1(
      only: { host, kinds, count in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        let names = UnsafeBufferPointer(start: kinds, count: kinds == nil ? 0 : count)
        guard names.count <= 256, names.allSatisfy({ $0.len <= 128 }) else { return Status.invalid }
        return adapter.take(only: Set(names.map(\.text)))
      }, heard: { host, isHeard in HostHandle.adapter(host)?.heard.store(isHeard != 0, ordering: .sequentiallyConsistent) }))

  static let metric = Table(
    hub_metric_1(
      define: { host, kind, name, labels, count in
        guard let adapter = HostHandle.adapter(host), count <= 16 else { return 0 }
        let metricKind: MetricDefinition.Kind? =
          switch Int(kind) {
          case HUB_METRIC_COUNTER: .counter
          case HUB_METRIC_GAUGE: .gauge
          case HUB_METRIC_HISTOGRAM: .histogram
          default: nil
          }
        guard let metricKind else { return 0 }
        let names = UnsafeBufferPointer(start: labels, count: labels == nil ? 0 : count).map(\.text)
        return (try? adapter.extensions.metrics.define(metricKind, name: name.text, labels: names)) ?? 0
      },
      record: { host, metric, value, labels, count in
        guard let adapter = HostHandle.adapter(host), count <= 16 else { return }
        if count == 1, let label = labels?.pointee {
          return adapter.extensions.metrics.record(
            metric, value, label: UnsafeRawBufferPointer(start: label.ptr, count: label.ptr == nil ? 0 : label.len))
        }
        let values = UnsafeBufferPointer(start: labels, count: labels == nil ? 0 : count).map(\.text)
        adapter.extensions.metrics.record(metric, value, labels: values)
      }))

  static let timer = Table(
    hub_timer_1(
      after: { host, milliseconds, token in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        guard token != 0 else { return Status.invalid }
        let begun = adapter.extensions.timers.after(milliseconds: milliseconds, token: token) { [weak adapter] use in
          adapter?.answerTimer(token, use: use)
        }
        switch begun {
        case .started: return Status.ok
        case .refused: return Status.busy
        case .closed: return Status.closed
        }
      },
      cancel: { host, token in HostHandle.adapter(host)?.extensions.timers.cancel(token) }))

  static let secret = Table(
    hub_secret_1(get: { host, handle, token in
      guard let adapter = HostHandle.adapter(host), adapter.owed.begin(token) else { return }
      let name = handle.text
      guard adapter.spec.secrets.contains(name) else {
        return adapter.answerAtOnce(token, Status.denied, Array("this handle is not in the adapter's config".utf8))
      }
      guard let value = adapter.services.secret(name) else {
        return adapter.answerAtOnce(token, Status.notFound, Array("there is no value behind this handle".utf8))
      }
      adapter.answerAtOnce(token, Status.ok, value)
    }))
}
