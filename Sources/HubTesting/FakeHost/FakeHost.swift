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

  /// A host without an adapter.
  public init() {}

  deinit { destroy() }

  // MARK: The adapter's life

  /// Creates the adapter, in place of the one before. Throws what the plugin refuses its configuration with.
  public func load(_ type: any HubAdapter.Type, as name: String = "test", config: JSONValue) throws(HubError) {
    destroy()
    let why = newToken()
    state.withLock { $0.begin(type.descriptor.kind, why: why) }
    let handle = HostHandle.open(self)
    var api: UnsafePointer<hub_instance_api>?
    var instance: OpaquePointer?
    let status = name.withHubStr { name in
      config.serialized().withHubStr { config in
        HubPluginExport.create(type, name: name, config: config, api: HostTables.api, host: handle, why: why, &api, &instance)
      }
    }
    let refusal = state.withLock { state in
      state.why = 0
      return state.refusal
    }
    guard status == 0, let api, let instance else {
      state.withLock { $0.early = nil }
      HostHandle.close(handle)
      throw HubError(status: status, refusal?.text ?? "")
    }
    let made = Adapter(api: api, instance: instance, handle: handle)
    adapter.withLock { $0 = made }
    tellEarlyAnswers()
  }

  /// Lets it look whether what it needs is there.
  public func validate() async throws(HubError) { try await step(comesUp: true) { $0.api.pointee.validate($0.instance, $1) } }

  /// Starts it.
  public func start() async throws(HubError) { try await step(comesUp: true) { $0.api.pointee.start($0.instance, $1) } }

  /// Stops it.
  public func stop(graceMilliseconds: UInt32 = 1000) async throws(HubError) {
    try await step { $0.api.pointee.stop($0.instance, graceMilliseconds, $1) }
  }

  /// Ends the adapter, as the hub does once it has stopped. What the adapter still waits for is completed as closed, its timers too; what
  /// waits for the adapter is given up. Afterwards it reaches nothing.
  public func destroy() {
    guard let adapter = adapter.withLock({ $0.take() }) else { return }
    let open = state.withLock { $0.end() }
    for step in open.steps { step.resume(returning: Completion(status: hub_status(HUB_ECLOSED), text: "the adapter has ended")) }
    for media in open.media { media.resume(returning: .missing(HubError(.closed, "the adapter has ended"))) }
    for request in open.requests { request.resume(returning: Response(status: 503, headers: ["Retry-After": "5"])) }
    for token in open.owed { adapter.completed(token, hub_status(HUB_ECLOSED), Array("the adapter has ended".utf8)) }
  }

  /// Delivers an event, and waits until the adapter is done with it. The packets it emits for it name the same ``Packet/event``.
  public func deliver(_ event: HubEvent) async throws(HubError) {
    let completion = await delivered(event)
    if completion.status != 0 { throw HubError(status: completion.status, completion.text) }
  }

  /// Delivers an event and waits for its completion.
  func delivered(_ event: HubEvent) async -> Completion {
    var arena = TextArena()
    let texts = [event.id, event.kind, event.account, event.conversation, event.cause].map { arena.add($0) }
    let body = arena.add(event.body)
    return await completion { adapter, token in
      arena.withPointers { pointer in
        var raw = hub_event(
          id: pointer(texts[0]), kind: pointer(texts[1]), account: pointer(texts[2]), conversation: pointer(texts[3]),
          cause: pointer(texts[4]), time_ms: event.timeMilliseconds, sequence: event.sequence, body: pointer(body))
        adapter.api.pointee.deliver(adapter.instance, &raw, token)
      }
    }
  }

  /// Starts an operation of the adapter and waits until it is done.
  private func step(comesUp: Bool = false, _ begin: (Adapter, hub_token) -> Void) async throws(HubError) {
    _ = try await stepText(comesUp: comesUp, begin)
  }

  /// The same, with the adapter's words.
  func stepText(comesUp: Bool = false, _ begin: (Adapter, hub_token) -> Void) async throws(HubError) -> String {
    let completion = await completion(comesUp: comesUp, begin)
    if completion.status != 0 { throw HubError(status: completion.status, completion.text) }
    return completion.text
  }

  private func completion(comesUp: Bool = false, _ begin: (Adapter, hub_token) -> Void) async -> Completion {
    await withCheckedContinuation { continuation in
      let token = newToken()
      state.withLock { $0.steps[token] = Step(continuation: continuation, comesUp: comesUp) }
      if let adapter = loaded {
        begin(adapter, token)
      } else {
        complete(token, Completion(status: hub_status(HUB_ECLOSED), text: "no adapter"))
      }
    }
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
      if let step = state.steps.removeValue(forKey: token) { return step.continuation }
      if let media = state.media.removeValue(forKey: token) {
        media.resume(returning: .missing(HubError(status: completion.status, completion.text)))
        return nil
      }
      if token == state.why {
        (state.why, state.refusal) = (0, completion)
      } else {
        state.strays += 1
      }
      return nil
    }
    waiting?.resume(returning: completion)
  }
}

extension FakeHost {
  /// An adapter from create to destroy. It is destroyed when nobody holds it any more, so that no call is inside then.
  final class Adapter: @unchecked Sendable {  // tables and instances take calls on any thread, by the ABI
    let api: UnsafePointer<hub_instance_api>
    let instance: OpaquePointer
    private let handle: OpaquePointer

    init(api: UnsafePointer<hub_instance_api>, instance: OpaquePointer, handle: OpaquePointer) {
      (self.api, self.instance, self.handle) = (api, instance, handle)
    }

    deinit {
      api.pointee.destroy(instance)
      HostHandle.close(handle)
    }

    /// Completes one of its operations.
    func completed(_ token: hub_token, _ status: hub_status, _ body: [UInt8]) {
      body.withHubStr { api.pointee.completed(instance, token, status, $0) }
    }
  }
}
