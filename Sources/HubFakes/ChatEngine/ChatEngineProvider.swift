import HubModel
package import OrderedJSON

/// A ChatEngine server: workspaces with a token each, conversations that clients subscribe to, and pushes.
package struct ChatEngineProvider: FakeProvider {
  /// The next state of a message that was sent.
  struct Sequel: Sendable {
    let message: String
    let state: String
  }

  package let name = "chatengine"
  let options: ChatEngineOptions
  var random: FakeRandom
  var tokens: [String: String]
  /// Tokens that were good once.
  var expired: Set<String> = []
  var conversations: [String: ChatEngineConversation] = [:]
  var messages: [String: JSONObject] = [:]
  var sequels = Agenda<Sequel>()
  /// The workspace of each socket, and what it is subscribed to.
  var sockets: [String: (workspace: String, agent: String, subscriptions: [String])] = [:]
  /// What clients did, oldest first.
  var record: [JSONObject] = []
  package var facts: [JSONObject] = []

  /// A server that nothing has happened to.
  package init(_ options: ChatEngineOptions) {
    self.options = options
    random = FakeRandom(seed: options.seed)
    tokens = options.tokens
  }

  package var engine: FakeEngine? {
    var engine = FakeEngine()
    engine.path = "/api/ws/"
    return engine
  }

  package var nextMoment: Moment? { sequels.next }

  package mutating func elapse(to now: Moment) -> [FakeEffect] {
    var effects: [FakeEffect] = []
    while let (moment, sequel) = sequels.take(until: now) { effects += change(sequel.message, to: sequel.state, now: moment) }
    return effects
  }

  package mutating func called(_ id: Int, _ outcome: CallOutcome, now: Moment) -> [FakeEffect] { [] }

  package func error(status: Int, code: Int?, text: String?) -> FakeAnswer {
    .json(status, ["message": .string(text ?? "Error"), "code": code.map { .number(JSONNumber(Int64($0))) } ?? .null])
  }

  package mutating func reset() {
    let (sockets, random) = (sockets, random)
    self = ChatEngineProvider(options)
    (self.sockets, self.random) = (sockets, random)
  }

  // MARK: Sockets

  package mutating func connect(_ socket: FakeSocket, now: Moment) -> FakeAdmission {
    guard let token = socket.auth["token"]?.string, token.isEmpty == false else {
      return .refused(message: "Authentication required", data: ["code": "token_missing"])
    }
    guard let workspace = tokens.first(where: { $0.value == token })?.key else {
      let code: JSONValue = expired.contains(token) ? "token_expired" : "token_invalid"
      return .refused(message: expired.contains(token) ? "Token expired" : "Invalid token", data: ["code": code])
    }
    sockets[socket.id] = (workspace, Self.subject(of: token) ?? options.agent, [])
    return .accepted(rooms: [workspace], effects: [.say("a client of \(workspace) connected")])
  }

  /// Whom a JWT names; the fake doesn't check its signature.
  static func subject(of token: String) -> String? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let standard = String(parts[1].replacing("-", with: "+").replacing("_", with: "/"))
    return Encodings.bytes(base64: standard).flatMap { try? JSONValue(parsing: $0) }?["sub"]?.string
  }

  package mutating func disconnected(_ socket: FakeSocket) { sockets[socket.id] = nil }

  /// Neither wants an answer; what has another form is ignored.
  package mutating func event(_ name: String, _ arguments: [JSONValue], from socket: FakeSocket, now: Moment) -> [FakeEffect] {
    guard let client = sockets[socket.id] else { return [] }
    note([
      "kind": .string(name), "at": .number(JSONNumber(now)), "workspace": .string(client.workspace), "socket": .string(socket.id),
      "argument": arguments.first ?? .null,
    ])
    switch name {
    case "subscribe:conversation":
      guard let id = arguments.first?.string else { return [.say("← subscribe:conversation without a bare string, ignored")] }
      if client.subscriptions.contains(id) == false { sockets[socket.id]?.subscriptions.append(id) }
      return [.say("← \(client.workspace) subscribes to \(id)"), .enter(socket: socket.id, room: Self.room(client.workspace, id))]
    case "unsubscribe:conversation":
      guard let id = arguments.first?.string else { return [.say("← unsubscribe:conversation without a bare string, ignored")] }
      sockets[socket.id]?.subscriptions.removeAll { $0 == id }
      return [.say("← \(client.workspace) unsubscribes from \(id)"), .leave(socket: socket.id, room: Self.room(client.workspace, id))]
    case "typing":
      guard let id = arguments.first?["conversationId"]?.string, let isTyping = arguments.first?["isTyping"]?.bool else { return [] }
      let line = "← \(client.agent) \(isTyping ? "types" : "stops typing") in \(id)"
      return [.say(line), push("typing", typing(id, client.agent, isTyping), to: id, in: client.workspace)]
    default: return [.say("← event \(name), which the server does not know")]
    }
  }

  // MARK: Pushes

  static func room(_ workspace: String, _ conversation: String) -> String { "\(workspace) \(conversation)" }

  func typing(_ conversation: String, _ user: String, _ isTyping: Bool) -> JSONObject {
    ["conversationId": .string(conversation), "userId": .string(user), "isTyping": .bool(isTyping)]
  }

  /// Tells those who are subscribed.
  func push(_ event: String, _ payload: JSONObject, to conversation: String, in workspace: String) -> FakeEffect {
    let room = options.pushesEverything ? workspace : Self.room(workspace, conversation)
    return .emit(SocketEmit(namespace: "/", room: room, name: event, arguments: JSONValue.array([.object(payload)]).serialized()))
  }

  /// Tells the workspace.
  func push(_ event: String, _ payload: JSONObject, in workspace: String) -> FakeEffect {
    .emit(SocketEmit(namespace: "/", room: workspace, name: event, arguments: JSONValue.array([.object(payload)]).serialized()))
  }

  mutating func change(_ id: String, to state: String, now: Moment) -> [FakeEffect] {
    guard let message = messages[id], let conversation = message["conversationId"]?.string, let workspace = message["workspaceId"]?.string
    else { return [] }
    let time = Timestamp(milliseconds: now).iso8601
    messages[id]?["status"] = .string(state)
    messages[id]?["updatedAt"] = .string(time)
    facts.append(["fact": "status", "id": .string(id), "status": .string(state), "updatedAt": .string(time)])
    return [push("messageStatus", ["messageId": .string(id), "status": .string(state)], to: conversation, in: workspace)]
  }
}
