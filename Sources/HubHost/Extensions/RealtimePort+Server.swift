internal import HubAuth
internal import HubModel
public import OrderedJSON
public import RealtimeServer

extension RealtimePort {
  /// The port of a realtime server.
  public init(_ server: RealtimeServer) {
    self.init(
      open: { try server.addNamespace($0, handler: $1, isRecoverable: $2) }, close: { server.removeNamespace($0) },
      emit: { server.emit(namespace: $0, rooms: $1, except: $2, packet: $3, flags: $4) },
      send: { server.emit(to: $0, packet: $1, flags: $2) }, join: { server.join($0, rooms: [$1]) },
      leave: { server.leave($0, rooms: [$1]) }, disconnect: { server.disconnect($0, closeTransport: $1) })
  }
}

extension RealtimeCounts {
  /// The answer of `hub.stats/1`: `totalConnections`, `connectionsByTenant` and `connectionsByNamespace`, names in order.
  public var stats: JSONValue {
    [
      "totalConnections": .number(JSONNumber(Int64(transports))),
      "connectionsByTenant": Self.object(byLabel),
      "connectionsByNamespace": Self.object(byNamespace),
    ]
  }

  private static func object(_ counts: [String: Int]) -> JSONValue {
    .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.number(JSONNumber(Int64($0.value)))) }))
  }
}

extension Identity {
  /// Whose socket it is, in one text: a lost one comes back with its rooms, so only to who has the same rights to the same things.
  fileprivate var owner: String {
    func narrowing(_ names: Set<String>?) -> JSONValue { names.map { .array($0.sorted().map { .string($0) }) } ?? .null }
    let rights: JSONValue = [
      .string(tenant), .string(user), .string(Role.text(roles)), narrowing(accounts), narrowing(conversations),
    ]
    return String(decoding: rights.serialized(), as: UTF8.self)
  }
}

extension PluginNamespace: NamespaceHandler {
  /// Verifies the client and asks the plugin.
  public func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    let socket = request.socket
    let connecting = Connecting(
      socket: socket, connection: request.connection, auth: request.auth, query: request.handshake.query,
      remote: request.handshake.remote)
    connect(connecting) { [self] decision in
      switch decision {
      case .accept(let rooms, let label): answer.accept(rooms: rooms, label: label, owner: identity(of: socket)?.owner ?? "")
      case .refuse(let message, let data): answer.refuse(message: message, data: data)
      }
    }
  }

  /// Hands the event to the plugin.
  public func event(_ event: ClientEvent) {
    guard takesEvent(from: event.socket) else { return limited(event) }
    let ack = event.ack.map { handle -> @Sendable ([UInt8]) -> Void in { handle($0) } }
    message(from: event.socket, name: event.name, arguments: event.arguments, ack: ack)
  }

  /// Tells the client that it sends too much; the plugin does not hear of it.
  public func limited(_ event: ClientEvent) {
    event.ack?(Array(#"[{"ok":false,"error":"rate_limited"}]"#.utf8))
  }

  /// Tells the plugin.
  public func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {
    disconnected(socket, reason: reason.rawValue)
  }
}
