import CHubPlugin
import HubPluginSDK
import OrderedJSON
import Synchronization

/// What an adapter holds as its hub: callable for ever, as the ABI asks, also when the host is gone.
final class HostHandle: Sendable {
  private struct Weak { weak var host: FakeHost? }

  private let kept = Mutex(Weak())

  /// A handle of a host, never freed.
  static func open(_ host: FakeHost) -> OpaquePointer {
    let handle = HostHandle()
    handle.kept.withLock { $0.host = host }
    return OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
  }

  /// From here on it leads nowhere.
  static func close(_ handle: OpaquePointer) { of(handle).kept.withLock { $0.host = nil } }

  /// The host behind a handle; nil once the adapter has ended.
  static func host(_ handle: OpaquePointer?) -> FakeHost? { handle.flatMap { of($0).kept.withLock { $0.host } } }

  private static func of(_ handle: OpaquePointer) -> HostHandle {
    Unmanaged<HostHandle>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
  }
}

/// The host's side of the C tables, answered by the ``FakeHost`` behind the handle.
enum HostTables {
  // Tables live as long as the process and are never written again.
  nonisolated(unsafe) static let api = permanent(
    hub_host_api(
      struct_size: UInt32(MemoryLayout<hub_host_api>.size), major: UInt16(HUB_ABI_MAJOR), minor: UInt16(HUB_ABI_MINOR),
      log: { host, level, message, fields in
        let line = FakeHost.LogLine(level: .init(rawValue: level) ?? .error, message: message.string, fields: fields.json)
        HostTables.of(host)?.state.withLock { $0.log.append(line) }
      },
      health: { host, state, _ in HostTables.of(host)?.state.withLock { $0.health.append(.init(rawValue: state) ?? .down) } },
      emit: { host, events, count, token in
        HostTables.of(host)?.take(UnsafeBufferPointer(start: events, count: count), token) ?? hub_status(HUB_ECLOSED)
      },
      complete: { host, token, status, text in HostTables.of(host)?.complete(token, .init(status: status, text: text.string)) },
      extension: { host, id in
        guard let id = id.map({ String(cString: $0) }), HostTables.of(host)?.state.withLock({ $0.denied.contains(id) }) == false else {
          return nil
        }
        return switch id {
        case "hub.http-route/1": UnsafeRawPointer(HostTables.routes)
        case "hub.namespace/1": UnsafeRawPointer(HostTables.namespace)
        case "hub.secret/1": UnsafeRawPointer(HostTables.secrets)
        case "hub.metric/1": UnsafeRawPointer(HostTables.metrics)
        case "hub.timer/1": UnsafeRawPointer(HostTables.timers)
        case "hub.query/1": UnsafeRawPointer(HostTables.query)
        case "hub.stats/1": UnsafeRawPointer(HostTables.stats)
        case "hub.kinds/1": UnsafeRawPointer(HostTables.kinds)
        case "hub.media/1": UnsafeRawPointer(HostTables.media)
        case "hub.kv/1": UnsafeRawPointer(HostTables.values)
        case "hub.http-client/1": UnsafeRawPointer(HostTables.httpClient)
        case "hub.log-level/1": UnsafeRawPointer(HostTables.logLevel)
        case "hub.interest/1": UnsafeRawPointer(HostTables.interest)
        case "hub.upstream-socket/1": UnsafeRawPointer(HostTables.upstreams)
        default: nil
        }
      }))

  static func of(_ host: OpaquePointer?) -> FakeHost? { HostHandle.host(host) }

  /// Notes what the adapter did, unless it has ended.
  static func note(_ host: OpaquePointer?, _ change: @Sendable (inout FakeHost.State) -> Void) -> hub_status {
    guard let host = of(host) else { return hub_status(HUB_ECLOSED) }
    host.state.withLock { change(&$0) }
    return 0
  }

  static func permanent<Table>(_ table: Table) -> UnsafePointer<Table> {
    let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return UnsafePointer(pointer)
  }
}

extension FakeHost {
  /// What is never stored is not known again either.
  private static let passing: Set = ["typing", "presence", "channel.qr"]

  fileprivate func take(_ events: UnsafeBufferPointer<hub_event>, _ token: hub_token) -> hub_status {
    guard state.withLock({ $0.kind }) == .channel else { return hub_status(HUB_EDENIED) }
    guard owe(token) else { return hub_status(HUB_ECLOSED) }
    let taken = events.map { event in
      Emitted(
        kind: event.kind.string, id: event.id.string, account: event.account.string, conversation: event.conversation.string,
        cause: event.cause.string, timeMilliseconds: event.time_ms, body: event.body.array)
    }
    let (journal, counts) = state.withLock { state -> (Journal, String) in
      state.batches.append(taken.count)
      guard state.journal == .durable || state.journal == .held else { return (state.journal, "") }
      let new = taken.filter { Self.passing.contains($0.kind) || state.rows.insert([$0.account, $0.kind, $0.id]).inserted }
      state.events += new
      let counts = #"{"stored":\#(new.count),"duplicate":\#(taken.count - new.count),"unknownAccount":0,"invalid":0}"#
      if state.journal == .held { state.held.append((token, counts)) }
      return (state.journal, counts)
    }
    switch journal {
    case .durable: answer(token, 0, Array(counts.utf8))
    case .held: break
    // What the end of the adapter completed meanwhile must not be refused as well.
    case .busy: return token == 0 || settle(token) ? hub_status(HUB_EBUSY) : 0
    case .failing: answer(token, hub_status(HUB_EFAIL), Array("disk full".utf8))
    }
    return 0
  }
}

extension hub_str {
  var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
}

extension UnsafePointer<hub_str> {
  func strings(_ count: Int) -> [String] { UnsafeBufferPointer(start: self, count: count).map(\.string) }
}
