import CHubPlugin
import HubPluginSDK
import OrderedJSON
import SocketIOSink
import Synchronization

/// A host of one sink: loads it through the plugin's own table, speaks the C ABI to it and keeps what the sink did.
final class FakeHost: Sendable {
  struct Emitted: Equatable {
    let event: UInt64
    let index: UInt32
    let isVolatile: Bool
    let rooms: [String]
    let socket: String
    let name: String
    let arguments: JSONValue
  }

  struct State {
    var emitted: [Emitted] = []
    var accepted: [[String]] = []
    var refused: [JSONValue] = []
    var rooms: [String] = []
    var acks: [UInt64: JSONValue] = [:]
    var completions: [UInt64: Int32] = [:]
    var waiting: [UInt64: CheckedContinuation<Int32, Never>] = [:]
    var timers: [UInt64] = []
    var delays: [UInt64] = []
    var conversations: [String: JSONValue] = [:]
    var heldQueries: [(String, UInt64)]?
    /// What another thread does while the sink is at a join; done once.
    var duringJoin: (@Sendable () -> Void)?
    var opened: [String] = []
    var log: [String] = []
    var counted: [String] = []
    var emitStatus = HUB_OK
    // What the sink handed out; used under the lock only, and valid until destroy by the ABI.
    nonisolated(unsafe) var api: UnsafePointer<hub_instance_api>?
    nonisolated(unsafe) var instance: OpaquePointer?
  }

  let state = Mutex(State())

  /// Creates and starts a sink with this configuration.
  init(config: JSONValue = ["namespace": "/"]) async throws {
    let host = OpaquePointer(Unmanaged.passUnretained(self).toOpaque())
    var api: UnsafePointer<hub_instance_api>?
    var instance: OpaquePointer?
    let text = config.serialized()
    let status = text.hubStr { config in
      Array("frontend".utf8).hubStr {
        HubPluginExport.create(SocketIOSink.self, name: $0, config: config, api: HostTables.api, host: host, why: 1, &api, &instance)
      }
    }
    guard status == Int32(HUB_OK) else { throw HubError(.invalid, "create refused") }
    adopt(api, instance)
    await lifecycle(2) { $0.start($1, $2) }
  }

  private func adopt(_ api: UnsafePointer<hub_instance_api>?, _ instance: OpaquePointer?) {
    nonisolated(unsafe) let (api, instance) = (api, instance)
    state.withLock { ($0.api, $0.instance) = (api, instance) }
  }

  deinit { call { $0.destroy($1) } }

  func call(_ body: (hub_instance_api, OpaquePointer) -> Void) {
    let (api, instance) = state.withLock { ($0.api, $0.instance) }
    if let api, let instance { body(api.pointee, instance) }
  }

  func lifecycle(_ token: UInt64, _ step: (hub_instance_api, OpaquePointer, UInt64) -> Void) async {
    call { step($0, $1, token) }
    _ = await withCheckedContinuation { continuation in
      let done = state.withLock { state in
        if let status = state.completions[token] { return Optional(status) }
        state.waiting[token] = continuation
        return nil
      }
      if let done { continuation.resume(returning: done) }
    }
  }

  static func of(_ host: OpaquePointer?) -> FakeHost? {
    host.map { Unmanaged<FakeHost>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }
}

extension FakeHost {
  /// Hands the sink an event of the journal; its status.
  func deliver(_ kind: String, _ body: JSONValue, sequence: UInt64 = 7, token: UInt64 = 100) -> Int32? {
    body.serialized().hubStr { body in
      Array(kind.utf8).hubStr { kind in
        var event = hub_event()
        event.kind = kind
        event.sequence = sequence
        event.body = body
        call { $0.deliver($1, &event, token) }
      }
    }
    return state.withLock { $0.completions[token] }
  }

  func connect(_ socket: String, tenant: String = "acme", user: String = "u1", claims: JSONValue = ["exp": 1], auth: JSONValue = [:]) {
    let texts = [socket, tenant, user].map { Array($0.utf8) }
    claims.serialized().hubStr { claims in
      auth.serialized().hubStr { auth in
        texts[0].hubStr { socket in
          texts[1].hubStr { tenant in
            texts[2].hubStr { user in
              var identity = hub_identity()
              (identity.tenant, identity.user, identity.claims_json) = (tenant, user, claims)
              withUnsafePointer(to: identity) { identity in
                var connect = hub_connect_1()
                (connect.socket, connect.auth_json, connect.identity) = (socket, auth, identity)
                namespace { $0.connect($1, 1, &connect, 5) }
              }
            }
          }
        }
      }
    }
  }

  /// Sends a client's event with an ack; what was answered at once.
  @discardableResult
  func send(_ socket: String, _ name: String, _ arguments: JSONValue, ack: UInt64 = 9) -> JSONValue? {
    state.withLock { $0.acks[ack] = nil }
    Array(socket.utf8).hubStr { socket in
      Array(name.utf8).hubStr { name in
        arguments.serialized().hubStr { arguments in namespace { $0.message($1, 1, socket, name, arguments, ack) } }
      }
    }
    return state.withLock { $0.acks[ack] }
  }

  func disconnect(_ socket: String) {
    Array(socket.utf8).hubStr { socket in
      Array("transport close".utf8).hubStr { reason in namespace { $0.disconnected($1, 1, socket, reason) } }
    }
  }

  /// Lets the timer fire that was set last.
  func fireTimer() {
    guard let token = state.withLock({ $0.timers.popLast() }) else { return }
    complete(token, Int32(HUB_OK), .null)
  }

  /// Answers the queries that were held back.
  func releaseQueries() {
    let held = state.withLock { state in
      defer { state.heldQueries = nil }
      return state.heldQueries ?? []
    }
    for (id, token) in held { answer(id, token) }
  }

  func answer(_ id: String, _ token: UInt64) {
    let conversation = state.withLock { $0.conversations[id] }
    complete(token, Int32(conversation == nil ? HUB_ENOTFOUND : HUB_OK), conversation ?? .null)
  }

  var emitted: [Emitted] {
    state.withLock { state in
      defer { state.emitted = [] }
      return state.emitted
    }
  }

  private func complete(_ token: UInt64, _ status: Int32, _ body: JSONValue) {
    body.serialized().hubStr { body in call { $0.completed($1, token, status, body) } }
  }

  private func namespace(_ body: (hub_namespace_instance_1, OpaquePointer) -> Void) {
    call { api, instance in
      guard let table = api.extension(instance, "hub.namespace/1") else { return }
      body(table.assumingMemoryBound(to: hub_namespace_instance_1.self).pointee, instance)
    }
  }
}

extension [UInt8] {
  func hubStr<Result>(_ body: (hub_str) -> Result) -> Result {
    withUnsafeBytes { raw in raw.withMemoryRebound(to: CChar.self) { body(hub_str(ptr: $0.baseAddress, len: $0.count)) } }
  }
}

extension hub_str {
  var text: String { String(decoding: UnsafeRawBufferPointer(start: ptr, count: ptr == nil ? 0 : len), as: UTF8.self) }
  var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
}
