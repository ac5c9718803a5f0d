import CHubPlugin
public import HubPluginSDK
public import OrderedJSON
public import Synchronization

/// A hub in memory around one adapter: it makes the adapter and calls it through the same C tables as the real one, offers every extension,
/// and keeps what the adapter did. What it answers is up to the test, in ``state``.
///
/// ```swift
/// let host = FakeHost()
/// try host.load(Echo.self, config: ["path": "/echo", "account": "desk"])
/// try await host.start()
/// let answer = await host.request("POST", "/echo", body: Array(#"{"from": "55", "text": "Olá"}"#.utf8))
/// #expect(answer.status == 200 && host.state.withLock { $0.events.count } == 1)
/// ```
public final class FakeHost: Sendable {
  /// What the adapter did so far, and what the hub answers it.
  public let state = Mutex(State())

  private let adapter = Mutex<Adapter?>(nil)

  struct Adapter: @unchecked Sendable {  // tables and instances take calls on any thread, by the ABI
    let api: UnsafePointer<hub_instance_api>
    let instance: OpaquePointer
  }

  /// A host without an adapter.
  public init() {}

  deinit {
    if let adapter = loaded { adapter.api.pointee.destroy(adapter.instance) }
  }

  // MARK: The adapter's life

  /// Creates the adapter. Throws what the plugin refuses its configuration with.
  public func load(_ type: any HubAdapter.Type, as name: String = "test", config: JSONValue) throws(HubError) {
    let why = newToken()
    state.withLock { ($0.why, $0.refusal) = (why, nil) }
    var api: UnsafePointer<hub_instance_api>?
    var instance: OpaquePointer?
    let status = name.withHubStr { name in
      config.serialized().withHubStr { config in
        HubPluginExport.create(type, name: name, config: config, api: HostTables.api, host: handle(), why: why, &api, &instance)
      }
    }
    let refusal = state.withLock { state in
      state.why = 0
      return state.refusal
    }
    guard status == 0, let api, let instance else { throw HubError(status, refusal?.text ?? "") }
    let made = Adapter(api: api, instance: instance)
    adapter.withLock { $0 = made }
  }

  /// Lets it look whether what it needs is there.
  public func validate() async throws(HubError) { try await step { $0.api.pointee.validate($0.instance, $1) } }

  /// Starts it.
  public func start() async throws(HubError) { try await step { $0.api.pointee.start($0.instance, $1) } }

  /// Stops it.
  public func stop(graceMilliseconds: UInt32 = 1000) async throws(HubError) {
    try await step { $0.api.pointee.stop($0.instance, graceMilliseconds, $1) }
  }

  /// Delivers an event, and waits until the adapter is done with it. The packets it emits for it name the same ``Packet/event``.
  public func deliver(_ event: HubEvent) async throws(HubError) {
    var arena = TextArena()
    let texts = [event.id, event.kind, event.account, event.conversation, event.cause].map { arena.add($0) }
    let body = arena.add(event.body)
    try await step { adapter, token in
      arena.withPointers { pointer in
        var raw = hub_event(
          id: pointer(texts[0]), kind: pointer(texts[1]), account: pointer(texts[2]), conversation: pointer(texts[3]),
          cause: pointer(texts[4]), time_ms: event.timeMilliseconds, sequence: event.sequence, body: pointer(body))
        adapter.api.pointee.deliver(adapter.instance, &raw, token)
      }
    }
  }

  /// Starts an operation of the adapter and waits for its completion.
  private func step(_ begin: (Adapter, hub_token) -> Void) async throws(HubError) {
    let completion = await withCheckedContinuation { continuation in
      let token = newToken()
      state.withLock { $0.steps[token] = continuation }
      if let adapter = loaded {
        begin(adapter, token)
      } else {
        complete(token, Completion(status: hub_status(HUB_ECLOSED), text: "no adapter"))
      }
    }
    if completion.status != 0 { throw HubError(completion.status, completion.text) }
  }

  // MARK: For the tables

  var loaded: Adapter? { adapter.withLock { $0 } }

  /// A token nobody has used.
  func newToken() -> hub_token {
    state.withLock { state in
      state.lastToken += 1
      return state.lastToken
    }
  }

  /// The adapter completed one of the host's operations.
  func complete(_ token: hub_token, _ completion: Completion) {
    guard token != 0 else { return }
    let waiting = state.withLock { state -> CheckedContinuation<Completion, Never>? in
      if let step = state.steps.removeValue(forKey: token) { return step }
      if token == state.why {
        (state.why, state.refusal) = (0, completion)
      } else {
        state.strays += 1
      }
      return nil
    }
    waiting?.resume(returning: completion)
  }

  /// Completes one of the adapter's operations.
  func answer(_ token: hub_token, _ status: hub_status, _ body: [UInt8]) {
    guard let adapter = loaded else { return }
    body.withHubStr { adapter.api.pointee.completed(adapter.instance, token, status, $0) }
  }
}

extension HubError {
  init(_ status: hub_status, _ message: String) { self.init(Code(rawValue: status) ?? .failed, message) }
}
