import EngineIO
import HubTesting
import Logging
import NIOCore
import NIOPosix
import OrderedJSON
import Synchronization
import Testing
import WebSocketFrames

@testable import RealtimeServer

/// An application for tests. `auth.do` says what becomes of a CONNECT: `refuse`, `hold` (the test answers) or, by default, accept.
/// Events: `echo` (acks or emits back its arguments), `join`, `bye`, `bye-all`, `count` (emits n events `n`), `twice` (answers twice).
final class Actor: NamespaceHandler {
  let server: RealtimeServer
  let held = Mailbox<(ConnectRequest, ConnectAnswer)>()
  let joined = Mailbox<SocketID>()
  let events = Mailbox<String>()
  let limited = Mailbox<String>()
  let gone = Mailbox<DisconnectReason>()

  init(_ server: RealtimeServer) { self.server = server }

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    let auth = try? JSONValue(parsing: request.auth)
    switch auth?["do"]?.string {
    case "refuse": answer.refuse(message: "no", data: Array("{\"code\":7}".utf8))
    case "hold": held.put((request, answer))
    default:
      answer.accept(
        rooms: ["all"], label: auth?["label"]?.string ?? "", context: "context",
        owner: auth?["owner"]?.string ?? "")
      answer.refuse(message: "a second answer is ignored")
      server.emit(to: request.socket, packet: EventPacket("hello", arguments: Array("[]".utf8)))
      joined.put(request.socket)
    }
  }

  func event(_ event: ClientEvent) {
    let arguments = (try? JSONValue(parsing: event.arguments))?.array ?? []
    switch event.name {
    case "echo":
      if let ack = event.ack {
        ack(event.arguments, attachments: event.attachments)
      } else {
        server.emit(to: event.socket, packet: EventPacket("back", arguments: event.arguments, attachments: event.attachments))
      }
    case "join":
      server.join(event.socket, rooms: arguments.compactMap(\.string))
      event.ack?(Array("[\"ok\"]".utf8))
    case "bye": server.disconnect(event.socket)
    case "bye-all": server.disconnect(event.socket, closeTransport: true)
    case "count":
      for number in 0..<(arguments.first?.int64 ?? 0) {
        server.emit(to: event.socket, packet: EventPacket("n", arguments: Array("[\(number)]".utf8)))
      }
      event.ack?(Array("[]".utf8))
    case "twice":
      event.ack?(Array("[1]".utf8))
      event.ack?(Array("[2]".utf8))
    default: events.put(event.name + String(decoding: event.arguments, as: UTF8.self) + "\(event.context ?? "none")")
    }
  }

  func limited(_ event: ClientEvent) {
    limited.put(event.name)
    event.ack?(Array("[{\"ok\":false}]".utf8))
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) { gone.put(reason) }
}

/// A server on loopback with an actor on `/` and another on `/whatsapp`.
struct Stage: Sendable {
  let server: RealtimeServer
  let root: Actor
  let whatsapp: Actor
  let listener: HTTPListener
  let group: MultiThreadedEventLoopGroup

  static func run(
    _ configure: (inout RealtimeOptions) -> Void = { _ in }, listening: (inout ListenerOptions) -> Void = { _ in },
    group: MultiThreadedEventLoopGroup = .singleton, _ body: (Stage) async throws -> Void
  ) async throws {
    try await Turnstile.realTime.pass { try await play(configure, listening, group, body) }
  }

  private static func play(
    _ configure: (inout RealtimeOptions) -> Void, _ listening: (inout ListenerOptions) -> Void, _ group: MultiThreadedEventLoopGroup,
    _ body: (Stage) async throws -> Void
  ) async throws {
    var options = RealtimeOptions()
    options.paths = ["/socket.io/", "/api/ws/"]
    configure(&options)
    let server = RealtimeServer(options: options, group: group, logger: Logger(label: "test"))
    let (root, whatsapp) = (Actor(server), Actor(server))
    try server.addNamespace("/", handler: root)
    try server.addNamespace("/whatsapp", handler: whatsapp)
    // The handlers hold their server, which holds them.
    defer { for name in ["/", "/whatsapp"] { server.removeNamespace(name) } }
    var listenerOptions = ListenerOptions()
    listenerOptions.limits.connectionsPerAddress = 0
    // Between connecting and sending, a test may wait long for its turn.
    listenerOptions.limits.headDeadline = .minutes(1)
    listening(&listenerOptions)
    let listener = try await server.listen(on: .tcp(host: "127.0.0.1", port: 0), options: listenerOptions)
    do {
      try await body(Stage(server: server, root: root, whatsapp: whatsapp, listener: listener, group: group))
      await listener.shutdown(within: .zero)
    } catch {
      await listener.shutdown(within: .zero)
      throw error
    }
  }

  /// Lets every session look at a clock that is ahead by this much.
  func advance(_ milliseconds: Int64) async throws {
    try await onSessions { $0.tick($0.loop.now + milliseconds) }
  }

  func onSessions(_ body: @escaping @Sendable (Session) -> Void) async throws {
    for loop in server.loops {
      try await loop.eventLoop.submit { for session in loop.sessions.elements { session.map(body) } }.get()
    }
  }

  func raw() async throws -> RawClient { try await RawClient.connect(to: listener.address) }

  /// One request on a connection of its own.
  func request(_ text: String) async throws -> RawClient.Response? {
    let client = try await raw()
    client.send(text)
    defer { client.close() }
    return await client.response()
  }

  func polling(path: String = "/socket.io/") async throws -> PollingClient {
    let answer = try #require(try await request(get("\(path)?EIO=4&transport=polling")))
    let open = try #require(try? JSONValue(parsing: Array(answer.body.utf8.dropFirst())))
    return PollingClient(stage: self, path: path, sid: try #require(open["sid"]?.string), first: answer)
  }

  /// A WebSocket session, its open packet read.
  func webSocket(path: String = "/socket.io/") async throws -> SocketIOClient {
    let client = try await upgrade("\(path)?EIO=4&transport=websocket")
    #expect(await client.text()?.first == "0")
    return client
  }

  func upgrade(_ target: String) async throws -> SocketIOClient {
    let raw = try await raw()
    raw.send(upgradeRequest(target))
    #expect(await raw.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
    return SocketIOClient(raw: raw)
  }
}

/// An Engine.IO session over polling, one connection per request.
struct PollingClient: Sendable {
  let stage: Stage
  let path: String
  let sid: String
  let first: RawClient.Response

  var target: String { "\(path)?EIO=4&transport=polling&sid=\(sid)" }

  func poll() async throws -> RawClient.Response? { try await stage.request(get(target)) }
  func post(_ body: String, _ fields: String...) async throws -> RawClient.Response? {
    let head = "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n"
    return try await stage.request(head + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body)
  }

  /// A poll that is left open; its answer is read from the client.
  func begin() async throws -> RawClient {
    let client = try await stage.raw()
    client.send(get(target))
    return client
  }

  /// The packets of polls until one of them is `last`.
  func packets(through last: String) async throws -> [String] {
    var packets: [String] = []
    while packets.contains(last) == false {
      guard let answer = try await poll(), answer.status == 200 else { return packets }
      packets += answer.body.split(separator: "\u{1e}").map(String.init)
    }
    return packets
  }

  func join() async throws {
    _ = try await post("40")
    #expect(try await packets(through: #"42["hello"]"#).first?.hasPrefix("40{\"sid\":\"") == true)
  }
}

/// A WebSocket that speaks packets.
struct SocketIOClient {
  private let client: SocketClient

  init(raw: RawClient, inflater: Inflater? = nil) { client = SocketClient(raw: raw, inflater: inflater) }

  var raw: RawClient { client.raw }
  /// How many bytes have arrived.
  var received: Int { client.received }

  func send(_ text: String) { raw.send(FrameHeader.frame(.text, Array(text.utf8), role: .client)) }
  func send(_ binary: [UInt8]) { raw.send(FrameHeader.frame(.binary, binary, role: .client)) }

  func event() async -> FrameEvent? { await client.next() }

  /// The next text message that is no ping; nil at the end or when something else comes.
  func text() async -> String? {
    while case .text(let bytes)? = await event() {
      if bytes != Array("2".utf8) { return String(decoding: bytes, as: UTF8.self) }
    }
    return nil
  }

  /// Joins a namespace and gives the socket's id.
  func join(_ namespace: String = "", auth: String = "") async throws -> String {
    send("40\(namespace.isEmpty ? "" : namespace + ",")\(auth)")
    let answer = try #require(await text())
    let start = try #require(answer.firstIndex(of: "{"))
    #expect(await text() == "42\(namespace.isEmpty ? "" : namespace + ",")[\"hello\"]")
    return try #require(try? JSONValue(parsing: Array(answer[start...].utf8))["sid"]?.string)
  }

  /// Waits until the server has closed: true when it did so with a close frame.
  func closed() async -> Bool {
    while let event = await event() {
      if case .close = event { return true }
    }
    return false
  }
}
