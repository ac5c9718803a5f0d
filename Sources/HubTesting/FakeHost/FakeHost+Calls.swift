import CHubPlugin
public import HubPluginSDK
public import OrderedJSON
import Synchronization

/// What the world does to the adapter.
extension FakeHost {
  /// Who asks, as the hub has verified it.
  public struct Caller: Sendable {
    /// The isolation boundary.
    public var tenant: String
    /// Empty for an API key.
    public var user: String
    /// For example `stats`.
    public var roles: [String]
    /// The verified claims.
    public var claims: JSONValue

    /// A user of a tenant, or an API key.
    public init(tenant: String = "acme", user: String = "u1", roles: [String] = [], claims: JSONValue = ["exp": 1]) {
      (self.tenant, self.user, self.roles, self.claims) = (tenant, user, roles, claims)
    }

    func withIdentity(_ body: (UnsafePointer<hub_identity>) -> Void) {
      var arena = TextArena()
      let texts = [tenant, user, roles.joined(separator: " ")].map { arena.add($0) } + [arena.add(claims.serialized())]
      arena.withPointers { pointer in
        let identity = hub_identity(
          tenant: pointer(texts[0]), user: pointer(texts[1]), roles: pointer(texts[2]), claims_json: pointer(texts[3]))
        withUnsafePointer(to: identity) { body($0) }
      }
    }
  }

  // MARK: HTTP

  /// Sends a request to one of the adapter's routes and waits for the answer.
  ///
  /// - Parameters:
  ///   - target: path and query.
  ///   - route: the number the adapter gave the route.
  ///   - caller: who asks; nil: nobody known.
  public func request(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8] = [], route: UInt32 = 0, caller: Caller? = nil,
    cause: String = "cause-1"
  ) async -> Response {
    await withCheckedContinuation { continuation in
      let token = newToken()
      guard let adapter = loaded, let table = adapter.table("hub.http-route/1", as: hub_http_route_instance_1.self) else {
        return continuation.resume(returning: Response(status: 404))
      }
      state.withLock { $0.requests[token] = continuation }
      var arena = TextArena(capacity: body.count + 256)
      let texts = [method, target, "192.0.2.7", cause].map { arena.add($0) }
      let pairs = headers.map { (arena.add($0.0), arena.add($0.1)) }
      let content = arena.add(body)
      let send = { (identity: UnsafePointer<hub_identity>?) in
        arena.withPointers { pointer in
          pairs.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }.withUnsafeBufferPointer { pairs in
            var message = hub_http_message()
            (message.method, message.target, message.remote) = (pointer(texts[0]), pointer(texts[1]), pointer(texts[2]))
            (message.cause, message.body, message.identity) = (pointer(texts[3]), pointer(content), identity)
            (message.headers, message.n_headers) = (pairs.baseAddress, UInt32(pairs.count))
            table.pointee.request(adapter.instance, route, &message, token)
          }
        }
      }
      if let caller { caller.withIdentity { send($0) } } else { send(nil) }
    }
  }

  // MARK: Sockets

  /// A client asks to join the adapter's namespace. Its answer is in ``State/accepted`` or ``State/refused``.
  public func connect(_ socket: String, as caller: Caller = Caller(), auth: JSONValue = [:], namespace: UInt32 = 1) {
    var arena = TextArena()
    let texts = [socket, "192.0.2.7", ""].map { arena.add($0) } + [arena.add(auth.serialized())]
    let token = newToken()
    state.withLock { _ = $0.connects.insert(token) }
    onNamespace { table, instance in
      caller.withIdentity { identity in
        arena.withPointers { pointer in
          var connect = hub_connect_1(
            socket: pointer(texts[0]), remote: pointer(texts[1]), query: pointer(texts[2]), auth_json: pointer(texts[3]), identity: identity
          )
          table.connect(instance, namespace, &connect, token)
        }
      }
    }
  }

  /// A client sends an event.
  ///
  /// - Parameter ack: what the answer is kept under in ``State/acks``; 0: the client wants none.
  /// - Returns: the answer, when it came at once.
  @discardableResult
  public func send(_ name: String, _ arguments: JSONValue, from socket: String, ack: UInt64 = 9, namespace: UInt32 = 1) -> JSONValue? {
    state.withLock { state in
      state.acks[ack] = nil
      if ack != 0 { state.openAcks.insert(ack) }
    }
    onNamespace { table, instance in
      socket.withHubStr { socket in
        name.withHubStr { name in
          arguments.serialized().withHubStr { table.message(instance, namespace, socket, name, $0, ack) }
        }
      }
    }
    return state.withLock { $0.acks[ack] }
  }

  /// A socket that was let in is gone.
  public func disconnect(_ socket: String, reason: String = "transport close", namespace: UInt32 = 1) {
    onNamespace { table, instance in
      socket.withHubStr { socket in reason.withHubStr { table.disconnected(instance, namespace, socket, $0) } }
    }
  }

  /// The packets since the last call.
  public func takePackets() -> [Packet] {
    state.withLock { state in
      defer { state.packets = [] }
      return state.packets
    }
  }

  private func onNamespace(_ body: (hub_namespace_instance_1, OpaquePointer) -> Void) {
    guard let adapter = loaded, let table = adapter.table("hub.namespace/1", as: hub_namespace_instance_1.self) else { return }
    body(table.pointee, adapter.instance)
  }

  // MARK: What was held back

  /// Answers the emits that wait: they are synced to disk, or they cannot be.
  public func releaseEvents(failing error: HubError? = nil) {
    let held = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
    for (token, counts) in held { answer(token, error?.code.rawValue ?? 0, Array((error?.message ?? counts).utf8)) }
  }

  /// Answers the queries that wait.
  public func releaseQueries() {
    let held = state.withLock { state in
      defer { (state.heldQueries, state.holdsQueries) = ([], false) }
      return state.heldQueries
    }
    for (id, token) in held { answerQuery(id, token) }
  }

  func answerQuery(_ id: String, _ token: hub_token) {
    let conversation = state.withLock { $0.conversations[id] }
    answer(token, conversation == nil ? hub_status(HUB_ENOTFOUND) : 0, (conversation ?? .null).serialized())
  }

  /// Lets the timer fire that was set last and is not cancelled.
  public func fireTimer() {
    guard let token = state.withLock({ $0.liveTimers.popLast() }) else { return }
    answer(token, 0, [])
  }

  /// The sum of a metric under these labels.
  public func metric(_ name: String, _ labels: String...) -> Double {
    state.withLock { $0.metrics["\(name){\(labels.joined(separator: ","))}"] ?? 0 }
  }
}

extension FakeHost.Adapter {
  /// What the adapter offers under an extension's id.
  func table<Table>(_ id: String, as type: Table.Type) -> UnsafePointer<Table>? {
    id.withCString { api.pointee.extension(instance, $0) }?.assumingMemoryBound(to: type)
  }
}
