import CHubPlugin
public import HubPluginSDK
public import OrderedJSON
import Synchronization

extension FakeHost {
  /// An upstream connection that the adapter opened.
  public struct Upstream: Sendable {
    /// The adapter's number of it.
    public var id: UInt32
    /// What it asked for.
    public var url, path, authority: String
    /// By name as given; secret handles stay handles.
    public var query, headers: [String: String]
    /// What it wants to join: name, CONNECT payload, and whose state follows it.
    public var namespaces: [HubUpstreamOptions.Namespace]
    /// Bytes.
    public var maxMessage: UInt64
    /// The first and the longest wait between two tries to join a namespace.
    public var joinWaits: (first: Duration, most: Duration)
    /// Namespaces that the test let it join.
    public var joined: Set<String> = []

    init(id: UInt32, _ raw: hub_upstream_options_1) {
      func pairs(_ pairs: UnsafePointer<hub_pair>?, _ count: UInt32) -> [String: String] {
        let list = UnsafeBufferPointer(start: pairs, count: Int(count)).map { ($0.name.string, $0.value.string) }
        return Dictionary(list, uniquingKeysWith: { $1 })
      }
      self.id = id
      (url, path, authority) = (raw.url.string, raw.path.string, raw.ca_file.string)
      query = pairs(raw.query, raw.n_query)
      headers = pairs(raw.headers, raw.n_headers)
      maxMessage = raw.max_message
      joinWaits = (.milliseconds(Int64(raw.join_first_ms)), .milliseconds(Int64(raw.join_most_ms)))
      namespaces = UnsafeBufferPointer(start: raw.namespaces, count: Int(raw.n_namespaces)).map { raw in
        HubUpstreamOptions.Namespace(
          raw.name.string, auth: raw.auth_json.len > 0 ? raw.auth_json.json : nil,
          account: raw.account.len > 0 ? raw.account.string : nil)
      }
    }
  }

  /// An event that the adapter sent upstream.
  public struct UpstreamEmit: Sendable, Equatable {
    /// The adapter's number of the connection.
    public var upstream: UInt32
    /// Where to, and the event's name.
    public var namespace, name: String
    /// The array of arguments.
    public var arguments: JSONValue
    /// Binary attachments.
    public var attachments: [[UInt8]]
    /// Whether it waits for ``FakeHost/answerUpstream(_:failing:)``.
    public var wantsAnswer: Bool

    /// An emit, to compare with.
    public init(upstream: UInt32, namespace: String, name: String, arguments: JSONValue, attachments: [[UInt8]], wantsAnswer: Bool) {
      (self.upstream, self.namespace, self.name, self.arguments) = (upstream, namespace, name, arguments)
      (self.attachments, self.wantsAnswer) = (attachments, wantsAnswer)
    }
  }

  /// Something happens to a connection: joins and ends of namespaces are kept, so that emits are taken as in the hub.
  public func change(upstream id: UInt32 = 1, _ change: HubUpstreamChange) {
    state.withLock { state in
      switch change {
      case .joined(let namespace): state.upstreams[id]?.joined.insert(namespace)
      case .refused(let namespace, _, _, _), .left(let namespace, _): state.upstreams[id]?.joined.remove(namespace)
      case .disconnected: state.upstreams[id]?.joined = []
      case .connected, .lost: break
      }
    }
    guard let adapter = loaded, let table = adapter.table("hub.upstream-socket/1", as: hub_upstream_socket_instance_1.self) else { return }
    change.lend { table.pointee.changed(adapter.instance, id, $0) }
  }

  /// The server sends an event, and the adapter deals with it. Throws what it fails with.
  ///
  /// - Returns: what it answered; null when nothing.
  @discardableResult
  public func event(
    upstream id: UInt32 = 1, namespace: String = "/", _ name: String, _ arguments: JSONValue, attachments: [[UInt8]] = [],
    wantsAnswer: Bool = false, cause: String = "cause-1"
  ) async throws(HubError) -> JSONValue {
    var arena = TextArena(capacity: 1024)
    let texts = [namespace, name, cause].map { arena.add($0) }
    let content = arena.add(arguments.serialized())
    let bytes = attachments.map { arena.add($0) }
    let answer = try await stepText { adapter, token in
      guard let table = adapter.table("hub.upstream-socket/1", as: hub_upstream_socket_instance_1.self) else {
        return self.complete(token, Completion(status: hub_status(HUB_EUNSUPPORTED), text: "the adapter has no upstreams"))
      }
      arena.withPointers { pointer in
        bytes.map(pointer).withUnsafeBufferPointer { bytes in
          var raw = hub_upstream_event_1()
          (raw.ns, raw.name, raw.cause) = (pointer(texts[0]), pointer(texts[1]), pointer(texts[2]))
          (raw.args_json, raw.wants_answer) = (pointer(content), wantsAnswer ? 1 : 0)
          (raw.attachments, raw.n_attachments) = (bytes.baseAddress, UInt32(bytes.count))
          table.pointee.event(adapter.instance, id, &raw, token)
          self.state.withLock { $0.upstreamEvents += 1 }
        }
      }
    }
    return (try? JSONValue(parsing: Array(answer.utf8))) ?? .null
  }

  /// Answers the oldest emit that waits, or fails it.
  public func answerUpstream(_ arguments: JSONValue, failing error: HubError? = nil) {
    guard let token = state.withLock({ $0.upstreamAnswers.isEmpty ? nil : $0.upstreamAnswers.removeFirst() }) else { return }
    answer(token, error?.code.rawValue ?? 0, error.map { Array($0.message.utf8) } ?? arguments.serialized())
  }

  func open(_ upstream: Upstream) -> hub_status {
    state.withLock { state in
      guard state.upstreams[upstream.id] == nil else { return hub_status(HUB_EBUSY) }
      state.upstreams[upstream.id] = upstream
      return 0
    }
  }

  func take(_ emit: UpstreamEmit, _ token: hub_token) -> hub_status {
    guard let upstream = state.withLock({ $0.upstreams[emit.upstream] }) else { return hub_status(HUB_ENOTFOUND) }
    guard upstream.joined.contains(emit.namespace) else { return hub_status(HUB_ECLOSED) }
    guard owe(token) else { return hub_status(HUB_ECLOSED) }
    state.withLock { state in
      state.upstreamEmits.append(emit)
      if token != 0 { state.upstreamAnswers.append(token) }
    }
    return 0
  }
}

extension HubUpstreamChange {
  fileprivate func lend(_ body: (UnsafePointer<hub_upstream_change_1>) -> Void) {
    var arena = TextArena()
    var raw = hub_upstream_change_1()
    var (namespace, reason, text, data) = ("", "", "", JSONValue?.none)
    switch self {
    case .connected: raw.what = Int32(HUB_UPSTREAM_CONNECTED)
    case .disconnected(let word, let words, let status, let wait):
      (raw.what, raw.http_status, raw.retry_ms) = (Int32(HUB_UPSTREAM_DISCONNECTED), Int32(status ?? 0), wait)
      (reason, text) = (word, words)
    case .joined(let name): (raw.what, namespace) = (Int32(HUB_UPSTREAM_JOINED), name)
    case .refused(let name, let message, let value, let wait):
      (raw.what, raw.retry_ms) = (Int32(HUB_UPSTREAM_REFUSED), wait)
      (namespace, text, data) = (name, message, value)
    case .left(let name, let wait): (raw.what, raw.retry_ms, namespace) = (Int32(HUB_UPSTREAM_LEFT), wait, name)
    case .lost(let name, let bytes): (raw.what, raw.bytes, namespace) = (Int32(HUB_UPSTREAM_LOST), bytes, name ?? "")
    }
    let places = [namespace, reason, text].map { arena.add($0) } + [arena.add(data?.serialized() ?? [])]
    arena.withPointers { pointer in
      (raw.ns, raw.reason, raw.text, raw.data_json) = (pointer(places[0]), pointer(places[1]), pointer(places[2]), pointer(places[3]))
      withUnsafePointer(to: raw) { body($0) }
    }
  }
}
