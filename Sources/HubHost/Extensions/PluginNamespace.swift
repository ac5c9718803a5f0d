internal import CHubPlugin
internal import HubAuth
internal import HubModel
internal import HubTelemetry
internal import Logging
internal import OrderedJSON
public import RealtimeServer
internal import Synchronization

/// One Socket.IO namespace of a plugin: verifies who connects before the plugin hears of it, and knows the tenant of every socket.
public final class PluginNamespace: Sendable {
  /// The answer to a CONNECT.
  public enum Decision: Sendable, Hashable {
    /// Let in, as a member of these rooms. The label tells whose connection it is in counts.
    case accept(rooms: [String], label: String)
    /// CONNECT_ERROR with this message and data, the text of a JSON value.
    case refuse(message: String, data: [UInt8])
  }

  /// Who wants to connect, and with what.
  public struct Connecting: Sendable {
    /// The id the socket will have.
    public var socket: SocketID
    /// The connection it is on.
    public var connection: ConnectionID
    /// The CONNECT payload, the text of a JSON object.
    public var auth: [UInt8]
    /// The query of the handshake, without `?`.
    public var query: String
    /// The client's address, after trusted proxies.
    public var remote: String

    /// A connect.
    public init(socket: SocketID, connection: ConnectionID, auth: [UInt8], query: String, remote: String) {
      self.socket = socket
      self.connection = connection
      self.auth = auth
      self.query = query
      self.remote = remote
    }
  }

  /// The namespace, such as `/whatsapp`.
  public let name: String
  let id: UInt32
  private let adapter: WeakAdapter
  private let table: hub_namespace_instance_1
  private let limits: ClientLimits
  private let sockets = Mutex<[SocketID: Member]>([:])

  private struct Member {
    var identity: Identity
    var connection: ConnectionID
    /// Whether the plugin let it in, and so is told when it leaves.
    var isAdmitted = false
  }

  // The adapter outlives its namespaces, but the realtime server may hold a namespace a moment longer.
  private struct WeakAdapter: Sendable {
    weak let adapter: Adapter?
  }

  init(name: String, id: UInt32, adapter: Adapter, table: hub_namespace_instance_1) {
    self.name = name
    self.id = id
    self.adapter = WeakAdapter(adapter: adapter)
    self.table = table
    limits = adapter.services.limits
  }

  func identity(of socket: SocketID) -> Identity? { sockets.withLock { $0[socket]?.identity } }

  /// Verifies the token and asks the plugin. `answer` is called once, from any thread.
  public func connect(_ connecting: Connecting, answer: @escaping @Sendable (Decision) -> Void) {
    guard let adapter = adapter.adapter else { return answer(Self.unavailable) }
    let identity: Identity
    do throws(AuthFailure) {
      identity = try adapter.services.login.identity { rules throws(AuthFailure) in try Self.credential(connecting, rules: rules) }
    } catch {
      adapter.services.thinned.log(
        adapter.logger, .info, key: "\(adapter.spec.id) connect \(error.rawValue)", "client refused",
        ["reason": "\(error.rawValue)", "remote": "\(connecting.remote)"])
      return answer(Self.refusal(error.problem))
    }
    guard identity.mayConnect else { return answer(Self.refusal(.forbidden)) }
    let verdict = limits.enter(connecting.connection, identity)
    guard verdict == .accepted else {
      adapter.services.metrics.drops.with("client", verdict.rawValue).increment()
      return answer(Self.refusal(.tooManyConnections))
    }
    let socket = connecting.socket
    sockets.withLock { $0[socket] = Member(identity: identity, connection: connecting.connection) }
    let pending = PendingConnect(tenant: identity.tenant) { [self] decision in
      switch decision {
      case .refuse: forget(socket)
      case .accept: admit(socket)
      }
      answer(decision)
    }
    let token = adapter.expect(.connect(pending), within: adapter.spec.deadlines.request)
    let isTaken = adapter.instance?.call("connect") { [self] _, pointer in
      connecting.lent(identity) { table.connect?(pointer, id, $0, token) }
    }
    if isTaken != true, adapter.operations.withLock({ $0.giveUp(token) != nil }) { pending.decide(Self.unavailable) }
  }

  /// Whether the user of a socket may send one more event now.
  func takesEvent(from socket: SocketID) -> Bool {
    guard let adapter = adapter.adapter, let identity = identity(of: socket) else { return true }
    if limits.takesEvent(of: identity, now: adapter.services.clock.monotonic()) { return true }
    adapter.services.metrics.drops.with("client", "user_events").increment()
    return false
  }

  /// A client sent an event; `ack` is nil when it wants no answer, else to be called once with the text of a JSON array.
  public func message(from socket: SocketID, name event: String, arguments: [UInt8], ack: (@Sendable ([UInt8]) -> Void)?) {
    guard let adapter = adapter.adapter, identity(of: socket) != nil else { return }
    let token = ack.map { adapter.expect(.ack(PendingAck(answer: $0)), within: adapter.spec.deadlines.request) } ?? 0
    adapter.instance?.call("message") { [self] _, pointer in
      var arena = ABIArena(capacity: arguments.count + 128)
      let ranges = [arena.add(socket.description), arena.add(event), arena.add(arguments)]
      arena.lend { lent in table.message?(pointer, id, lent(ranges[0]), lent(ranges[1]), lent(ranges[2]), token) }
    }
  }

  /// A socket is gone, or a client that was not let in yet.
  public func disconnected(_ socket: SocketID, reason: String) {
    let member = sockets.withLock { sockets in
      let member = sockets[socket]
      if member?.isAdmitted == false { sockets[socket] = nil }
      return member
    }
    guard let member else { return }
    guard member.isAdmitted else { return limits.leave(member.connection, member.identity) }
    // Forgotten afterwards: the plugin may still speak to the tenant in this socket's name, to say that it stopped typing.
    tellDisconnected(socket, reason: reason)
    forget(socket)
  }

  /// The plugin lets a client in. One that is gone already leaves at once, for the plugin must not wait for its end.
  private func admit(_ socket: SocketID) {
    let isThere = sockets.withLock { sockets in
      sockets[socket]?.isAdmitted = true
      return sockets[socket] != nil
    }
    guard !isThere, let adapter = adapter.adapter else { return }
    // Not inside the plugin's own call.
    adapter.extensions.completions.add { [self] in tellDisconnected(socket, reason: DisconnectReason.transportClose.rawValue) }
  }

  private func tellDisconnected(_ socket: SocketID, reason: String) {
    adapter.adapter?.instance?.call("disconnected") { [self] _, pointer in
      var arena = ABIArena()
      let ranges = [arena.add(socket.description), arena.add(reason)]
      arena.lend { lent in table.disconnected?(pointer, id, lent(ranges[0]), lent(ranges[1])) }
    }
  }

  private func forget(_ socket: SocketID) {
    guard let member = sockets.withLock({ $0.removeValue(forKey: socket) }) else { return }
    limits.leave(member.connection, member.identity)
    guard member.isAdmitted, let adapter = adapter.adapter else { return }
    let looker = InterestBook.Looker(adapter: adapter.spec.id, socket: socket.description)
    adapter.services.interests.gone(looker, within: member.identity.accounts, adapter.services)
  }

  static let unavailable = refusal(.stopping, "unavailable")

  /// In the words of the code, or in others.
  static func refusal(_ code: ProblemCode, _ message: String? = nil) -> Decision {
    .refuse(message: message ?? code.title, data: JSONValue.object(["code": .string(code.rawValue)]).serialized())
  }

  /// The token in the CONNECT payload, else in the query where that is allowed.
  private static func credential(_ connecting: Connecting, rules: CredentialRules) throws(AuthFailure) -> Credential? {
    if let token = (try? JSONValue(parsing: connecting.auth, maxDepth: 32))?["token"], !token.isNull {
      guard let text = token.string else { throw .invalid }
      return .bearer(text.hasPrefix("Bearer ") ? String(text.dropFirst(7)) : text)
    }
    return try rules.credential(headers: [], query: connecting.query)
  }
}

extension PluginNamespace.Connecting {
  fileprivate func lent(_ identity: Identity, _ body: (UnsafePointer<hub_connect_1>) -> Void) {
    var arena = ABIArena(capacity: auth.count + 512)
    let texts = [arena.add(socket.description), arena.add(remote), arena.add(query), arena.add(auth)]
    let person = LentIdentity(identity, in: &arena)
    arena.lend { lent in
      person.lend(lent) { who in
        let raw = hub_connect_1(
          socket: lent(texts[0]), remote: lent(texts[1]), query: lent(texts[2]), auth_json: lent(texts[3]), identity: who)
        withUnsafePointer(to: raw, body)
      }
    }
  }
}

extension Identity {
  /// An API key reads a namespace only with the role for it; nobody does without a tenant, which every room belongs to.
  fileprivate var mayConnect: Bool {
    if case .apiKey = source, !roles.contains(.read) { return false }
    return !tenant.isEmpty
  }
}

/// An identity whose texts are in an arena.
struct LentIdentity {
  private let ranges: [Range<Int>]

  init(_ identity: Identity, in arena: inout ABIArena) {
    ranges = [
      arena.add(identity.tenant), arena.add(identity.user), arena.add(Role.text(identity.roles)), arena.add(identity.claims.serialized()),
    ]
  }

  func lend<Result>(_ lent: (Range<Int>) -> hub_str, _ body: (UnsafePointer<hub_identity>) -> Result) -> Result {
    let raw = hub_identity(tenant: lent(ranges[0]), user: lent(ranges[1]), roles: lent(ranges[2]), claims_json: lent(ranges[3]))
    return withUnsafePointer(to: raw, body)
  }
}
