import CHubPlugin
public import OrderedJSON

/// A connection to a Socket.IO server. Connecting, TLS, heartbeats, limits and coming back are the hub's. A query value, a header value and
/// a string of `auth` that is a secret handle of the config is replaced by what is behind it before every attempt.
public struct HubUpstreamOptions: Sendable {
  /// One namespace to join. It is asked again on its own while it is refused.
  public struct Namespace: Sendable {
    /// Its name, such as `/` or `/loja-centro`.
    public var name: String
    /// The object that goes with CONNECT.
    public var auth: JSONValue?
    /// The account whose `channel.state` follows this namespace; `*` for every account of the adapter.
    public var account: String?

    /// A namespace.
    public init(_ name: String, auth: JSONValue? = nil, account: String? = nil) {
      self.name = name
      self.auth = auth
      self.account = account
    }
  }

  /// `http`, `https`, `ws` or `wss`; host and port, no path.
  public var url: String
  /// The engine's path.
  public var path = "/socket.io/"
  /// Parameters of the request, as plain text.
  public var query: [(String, String)] = []
  /// Header fields of the request.
  public var headers: [(String, String)] = []
  /// What to join.
  public var namespaces: [Namespace]
  /// A PEM file with the certificate of a private authority; nil: the system's.
  public var authority: String?
  /// Bytes of one inbound message, and of all its attachments. A longer one is skipped and costs its event alone.
  public var maxMessage: UInt64 = 16 << 20
  /// How long the answer to an emit is awaited.
  public var ackTimeout: Duration = .seconds(30)
  /// The first and the longest wait between two tries to join a namespace.
  public var joinWaits: (first: Duration, most: Duration) = (.seconds(1), .seconds(30))

  /// The defaults, for this server.
  public init(url: String, namespaces: [Namespace] = [Namespace("/")]) {
    self.url = url
    self.namespaces = namespaces
  }
}

/// What happened to a connection.
public enum HubUpstreamChange: Sendable, Hashable {
  /// The transport is up; namespaces are being joined.
  case connected
  /// It ended or could not be had. `reason` is one of `unreachable`, `tls`, `invalid`, `refused`, `lost`, `silent`, `closed`, `violation`;
  /// `status` is the answer of a server that refused the websocket.
  case disconnected(reason: String, text: String, status: Int?, retryMilliseconds: Int64)
  /// A namespace is joined.
  case joined(namespace: String)
  /// A namespace refused.
  case refused(namespace: String, message: String, data: JSONValue?, retryMilliseconds: Int64)
  /// The server ended a namespace.
  case left(namespace: String, retryMilliseconds: Int64)
  /// A message over the limit went by; the namespace is nil when it is not known.
  case lost(namespace: String?, bytes: UInt64)

  /// Nil for a change of a newer hub.
  init?(_ raw: hub_upstream_change_1) {
    let namespace = raw.ns.string
    switch Int(raw.what) {
    case HUB_UPSTREAM_CONNECTED: self = .connected
    case HUB_UPSTREAM_DISCONNECTED:
      self = .disconnected(
        reason: raw.reason.string, text: raw.text.string, status: raw.http_status == 0 ? nil : Int(raw.http_status),
        retryMilliseconds: raw.retry_ms)
    case HUB_UPSTREAM_JOINED: self = .joined(namespace: namespace)
    case HUB_UPSTREAM_REFUSED:
      self = .refused(
        namespace: namespace, message: raw.text.string, data: try? JSONValue(parsing: raw.data_json.bytes), retryMilliseconds: raw.retry_ms)
    case HUB_UPSTREAM_LEFT: self = .left(namespace: namespace, retryMilliseconds: raw.retry_ms)
    case HUB_UPSTREAM_LOST: self = .lost(namespace: namespace.isEmpty ? nil : namespace, bytes: raw.bytes)
    default: return nil
    }
  }
}

/// An event that the server sent.
public struct HubUpstreamEvent: Sendable {
  /// The number given to `openUpstream`.
  public let upstream: UInt32
  /// The namespace it came in.
  public let namespace: String
  /// The event's name.
  public let name: String
  /// The text of the array of its arguments; `{"_placeholder":true,"num":n}` stands for attachment n.
  public let arguments: [UInt8]
  /// Binary attachments.
  public let attachments: [[UInt8]]
  /// Whether the server wants an answer.
  public let wantsAnswer: Bool
  /// To be passed on with `emit`.
  public let cause: String

  init(upstream: UInt32, _ raw: hub_upstream_event_1) {
    self.upstream = upstream
    namespace = raw.ns.string
    name = raw.name.string
    arguments = raw.args_json.array
    attachments = UnsafeBufferPointer(start: raw.attachments, count: Int(raw.n_attachments)).map(\.array)
    wantsAnswer = raw.wants_answer != 0
    cause = raw.cause.string
  }
}

/// Where the end of one upstream event goes: called once, when it is dealt with.
public struct HubUpstreamDone: Sendable {
  let services: HubServices
  let token: UInt64

  /// It is dealt with. The arguments answer it, when the server wants that.
  public func callAsFunction(_ arguments: JSONValue...) {
    let text = arguments.isEmpty ? [] : JSONValue.array(arguments).serialized()
    text.withHubStr { services.api.pointee.complete(services.host, token, hub_status.ok, $0) }
  }

  /// It could not be dealt with; the server gets no answer.
  public func fail(_ error: HubError) {
    error.message.withHubStr { services.api.pointee.complete(services.host, token, error.code.rawValue, $0) }
  }
}

/// An adapter with connections to Socket.IO servers. What happens on one connection is told in order; the calls must not block.
public protocol HubUpstreamHandler: HubAdapter {
  /// The connection or one of its namespaces came or went.
  func changed(_ change: HubUpstreamChange, upstream: UInt32)
  /// The server sent an event. While too many are not done, the hub reads no further.
  func event(_ event: HubUpstreamEvent, done: HubUpstreamDone)
}

extension HubServices {
  /// Opens a connection, from `start` on; it comes back until it is closed or the adapter ends. The number is the adapter's own.
  public func openUpstream(_ options: HubUpstreamOptions, id: UInt32) throws {
    let table = try table("hub.upstream-socket/1", as: hub_upstream_socket_1.self)
    var arena = TextArena(capacity: 1024)
    let texts = [options.url, options.path, options.authority ?? ""].map { arena.add($0) }
    let query = options.query.map { (arena.add($0.0), arena.add($0.1)) }
    let headers = options.headers.map { (arena.add($0.0), arena.add($0.1)) }
    let namespaces = options.namespaces.map { namespace in
      (arena.add(namespace.name), arena.add(namespace.auth?.serialized() ?? []), arena.add(namespace.account ?? ""))
    }
    let status = arena.withPointers { pointer in
      query.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }.withUnsafeBufferPointer { query in
        headers.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }.withUnsafeBufferPointer { headers in
          namespaces.map { hub_upstream_namespace_1(name: pointer($0.0), auth_json: pointer($0.1), account: pointer($0.2)) }
            .withUnsafeBufferPointer { namespaces in
              var raw = hub_upstream_options_1()
              (raw.url, raw.path, raw.ca_file) = (pointer(texts[0]), pointer(texts[1]), pointer(texts[2]))
              (raw.query, raw.n_query) = (query.baseAddress, UInt32(query.count))
              (raw.headers, raw.n_headers) = (headers.baseAddress, UInt32(headers.count))
              (raw.namespaces, raw.n_namespaces) = (namespaces.baseAddress, UInt32(namespaces.count))
              raw.ack_timeout_ms = options.ackTimeout.clampedMilliseconds
              raw.join_first_ms = options.joinWaits.first.clampedMilliseconds
              raw.join_most_ms = options.joinWaits.most.clampedMilliseconds
              raw.max_message = options.maxMessage
              return table.pointee.open(host, id, &raw)
            }
        }
      }
    }
    guard status == hub_status.ok else { throw HubError(status: status, "the upstream \(options.url) was refused") }
  }

  /// Closes a connection.
  public func closeUpstream(_ id: UInt32) {
    guard let table = try? table("hub.upstream-socket/1", as: hub_upstream_socket_1.self) else { return }
    table.pointee.close(host, id)
  }

  /// Sends an event that asks for no answer.
  ///
  /// - Parameters:
  ///   - arguments: the text of a JSON array; `{"_placeholder":true,"num":n}` stands for attachment n.
  /// - Throws: `closed` when the namespace isn't joined, `busy` when too much waits to be sent.
  public func send(upstream id: UInt32, namespace: String, _ name: String, arguments: [UInt8], attachments: [[UInt8]] = []) throws(HubError)
  {
    let status = emit(upstream: id, namespace, name, arguments, attachments, token: 0)
    guard status == hub_status.ok else { throw HubError(status: status, "nothing was sent to \(namespace)") }
  }

  /// Sends an event and asks for an answer: `completion` is called once, with the text of the array of its arguments.
  public func emit(
    upstream id: UInt32, namespace: String, _ name: String, arguments: [UInt8], attachments: [[UInt8]] = [],
    completion: @escaping @Sendable (Result<[UInt8], HubError>) -> Void
  ) {
    let token = pending.add { status, body in
      completion(status == hub_status.ok ? .success(body.array) : .failure(HubError(status: status, body.string)))
    }
    let status = emit(upstream: id, namespace, name, arguments, attachments, token: token)
    if status != hub_status.ok, pending.take(token) != nil {
      completion(.failure(HubError(status: status, "nothing was sent to \(namespace)")))
    }
  }

  private func emit(
    upstream id: UInt32, _ namespace: String, _ name: String, _ arguments: [UInt8], _ attachments: [[UInt8]], token: hub_token
  ) -> hub_status {
    guard let table = try? table("hub.upstream-socket/1", as: hub_upstream_socket_1.self) else { return HubError.Code.unsupported.rawValue }
    var arena = TextArena(capacity: arguments.count + 256)
    let texts = [arena.add(namespace), arena.add(name), arena.add(arguments)]
    let bytes = attachments.map { arena.add($0) }
    return arena.withPointers { pointer in
      bytes.map(pointer).withUnsafeBufferPointer { bytes in
        table.pointee.emit(
          host, id, pointer(texts[0]), pointer(texts[1]), pointer(texts[2]), bytes.baseAddress, UInt32(bytes.count), token)
      }
    }
  }
}

extension Duration {
  fileprivate var clampedMilliseconds: UInt32 {
    UInt32(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
  }
}
