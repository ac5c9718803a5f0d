import CHubPlugin
import HubPluginSDK
import OrderedJSON
import Synchronization

@testable import MetaCloud

/// The hub's side of the ABI in memory: one adapter, made and called through the same C tables as by the real host.
final class FakeHost: Sendable {
  /// What the journal does with emitted events.
  enum Journal: Sendable {
    /// Synced at once.
    case durable
    /// The answer waits for `release()`.
    case held
    /// The ingest queue is full.
    case busy
    /// Taken, but the sync fails.
    case failing
  }

  struct Response: Sendable, Equatable {
    var status: Int32
    var headers: [String: String]
    var body: String
  }

  struct Emitted: Sendable, Hashable {
    var kind, id, account, conversation, cause: String
    var timeMs: Int64
    var body: [UInt8]
  }

  struct LogLine: Sendable {
    var level: Int32
    var message: String
    var fields: JSONValue
  }

  struct State {
    var journal = Journal.durable
    var secrets: [String: String] = [:]
    var secretReads: [String] = []
    var emitted: [Emitted] = []
    var batches: [Int] = []
    var rows: Set<[String]> = []
    var held: [(hub_token, String)] = []
    var logs: [LogLine] = []
    var routes: [String] = []
    var health: [Int32] = []
    var metricNames: [String] = []
    var metrics: [String: Double] = [:]
    var nextToken: hub_token = 1
    var calls: [hub_token: CheckedContinuation<(hub_status, String), Never>] = [:]
    var requests: [hub_token: CheckedContinuation<Response, Never>] = [:]
    var answers: [hub_token: (hub_status, String)] = [:]
  }

  let state = Mutex(State())
  // Set once in `load`, before any other call.
  private let adapter = Mutex<Adapter?>(nil)

  private struct Adapter: @unchecked Sendable {  // the tables and the instance take calls on any thread, by the ABI
    let api: UnsafePointer<hub_instance_api>
    let instance: OpaquePointer
  }

  /// Creates the adapter. Throws the text with which the plugin refuses its configuration.
  func load(config: JSONValue) throws(Refusal) {
    let why = token()
    let handle = OpaquePointer(Unmanaged.passRetained(self).toOpaque())
    var api: UnsafePointer<hub_instance_api>?
    var instance: OpaquePointer?
    let status = Self.with("meta-main", config.description) { name, config in
      HubPluginExport.create(MetaCloudChannel.self, name: name, config: config, api: Self.table, host: handle, why: why, &api, &instance)
    }
    guard status == 0, let api, let instance else {
      throw Refusal(status: status, reason: state.withLock { $0.answers[why]?.1 ?? "" })
    }
    let loaded = Adapter(api: api, instance: instance)
    adapter.withLock { $0 = loaded }
  }

  struct Refusal: Error, Equatable {
    var status: hub_status
    var reason: String
  }

  func start() async -> hub_status { await call { $0.api.pointee.start($0.instance, $1) }.0 }

  func stop() async -> hub_status { await call { $0.api.pointee.stop($0.instance, 1000, $1) }.0 }

  func deliver() async -> hub_status {
    await call { adapter, token in
      var event = hub_event()
      adapter.api.pointee.deliver(adapter.instance, &event, token)
    }.0
  }

  /// One HTTP request to the adapter's route, and its answer.
  func http(_ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8] = [], cause: String = "cause-1") async
    -> Response
  {
    await withCheckedContinuation { continuation in
      let token = token()
      state.withLock { $0.requests[token] = continuation }
      guard let adapter = adapter.withLock({ $0 }), let raw = adapter.api.pointee.extension(adapter.instance, "hub.http-route/1") else {
        return
      }
      let table = raw.assumingMemoryBound(to: hub_http_route_instance_1.self)
      let texts = [method, target, "192.0.2.7", cause] + headers.flatMap { [$0.0, $0.1] }
      Self.with(texts) { strings in
        let pairs = stride(from: 4, to: strings.count, by: 2).map { hub_pair(name: strings[$0], value: strings[$0 + 1]) }
        pairs.withUnsafeBufferPointer { pairs in
          body.withUnsafeBytes { body in
            var message = hub_http_message()
            (message.method, message.target, message.remote, message.cause) = (strings[0], strings[1], strings[2], strings[3])
            message.n_headers = UInt32(pairs.count)
            message.headers = pairs.baseAddress
            message.body = hub_str(ptr: body.bindMemory(to: CChar.self).baseAddress, len: body.count)
            table.pointee.request(adapter.instance, 0, &message, token)
          }
        }
      }
    }
  }

  /// Answers the emits that wait.
  func release(_ status: hub_status = 0) {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for (token, answer) in held { completed(token, status, answer) }
  }

  func metric(_ name: String, _ label: String = "") -> Double { state.withLock { $0.metrics["\(name){\(label)}"] ?? 0 } }

  private func call(_ operation: (Adapter, hub_token) -> Void) async -> (hub_status, String) {
    await withCheckedContinuation { continuation in
      let token = token()
      state.withLock { $0.calls[token] = continuation }
      if let adapter = adapter.withLock({ $0 }) { operation(adapter, token) }
    }
  }

  func token() -> hub_token {
    state.withLock { state in
      defer { state.nextToken += 1 }
      return state.nextToken
    }
  }

  func completed(_ token: hub_token, _ status: hub_status, _ answer: String) {
    guard let adapter = adapter.withLock({ $0 }) else { return }
    Self.with([answer]) { adapter.api.pointee.completed(adapter.instance, token, status, $0[0]) }
  }
}
