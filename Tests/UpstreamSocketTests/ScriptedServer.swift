import HubTesting
import Logging
import NIOCore
import NIOPosix
import UpstreamSocket

@testable import RealtimeServer

/// An engine endpoint without any rule: the test sees each text message and says what goes back.
final class ScriptedServer: EngineEndpoint {
  struct Peer: Sendable {
    let connection: NIOLoopBound<WebSocketConnection>

    func send(_ text: String) { run { $0.send(WebSocketFrame.text(text)) } }
    func send(raw bytes: [UInt8]) { run { $0.send(ByteBuffer(bytes: bytes)) } }
    func terminate() { run { $0.terminate() } }

    private func run(_ body: @escaping @Sendable (WebSocketConnection) -> Void) {
      connection.eventLoop.execute { [connection] in body(connection.value) }
    }
  }

  let paths = ["/socket.io/"]
  let maxBody = 1000
  let peers = Mailbox<Peer>()
  let texts = Mailbox<String>()
  let binaries = Mailbox<[UInt8]>()
  let targets = Mailbox<String>()
  let closed = Mailbox<WebSocketClosing>()
  private let refusal: Int?

  /// - Parameter refusal: the status that every request for a websocket is answered with.
  init(refusal: Int? = nil) { self.refusal = refusal }

  func request(_ request: HTTPRequest, responder: HTTPResponder) {}

  func upgrade(_ request: HTTPRequest, answer: UpgradeAnswer) {
    targets.put(request.target)
    if let refusal { return answer.refuse(HTTPResponse(status: refusal)) }
    answer.accept { connection in
      self.peers.put(Peer(connection: NIOLoopBound(connection, eventLoop: connection.eventLoop)))
      return Delegate(self)
    }
  }

  private final class Delegate: WebSocketDelegate {
    private let server: ScriptedServer
    init(_ server: ScriptedServer) { self.server = server }
    func received(text: [UInt8], on connection: WebSocketConnection) { server.texts.put(String(decoding: text, as: UTF8.self)) }
    func received(binary: [UInt8], on connection: WebSocketConnection) { server.binaries.put(binary) }
    func closed(_ connection: WebSocketConnection, reason: WebSocketClosing) { server.closed.put(reason) }
  }
}

/// A client against a scripted server on loopback.
struct Scene: Sendable {
  let server: ScriptedServer
  let client: UpstreamSocket
  let events: Mailbox<UpstreamEvent>

  static let open = #"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

  static func run(
    refusal: Int? = nil, at host: String = "localhost", tls: TLSOptions? = nil, _ configure: (inout UpstreamOptions) -> Void = { _ in },
    _ body: (Scene) async throws -> Void
  ) async throws {
    try await Turnstile.realTime.pass { try await play(refusal, host, tls, configure, body) }
  }

  private static func play(
    _ refusal: Int?, _ host: String, _ tls: TLSOptions?, _ configure: (inout UpstreamOptions) -> Void,
    _ body: (Scene) async throws -> Void
  ) async throws {
    let server = ScriptedServer(refusal: refusal)
    var listenerOptions = ListenerOptions()
    listenerOptions.tls = tls
    let listener = try await HTTPListener.bind(
      .tcp(host: host, port: 0), options: listenerOptions, routing: NoRoutes(), engine: server,
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
    guard case .tcp(_, let port) = listener.address, let url = UpstreamURL("\(tls == nil ? "ws" : "wss")://\(host):\(port)") else {
      return
    }
    var options = UpstreamOptions(url: url)
    options.schedule = ReconnectSchedule(first: 1, most: 20)
    options.joinSchedule = ReconnectSchedule(first: 1, most: 20)
    configure(&options)
    let events = Mailbox<UpstreamEvent>()
    let client = UpstreamSocket(
      options: options, group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"), tell: { events.put($0) })
    client.start()
    do {
      try await body(Scene(server: server, client: client, events: events))
    } catch {
      await client.stop()
      await listener.shutdown(within: .zero)
      throw error
    }
    await client.stop()
    await listener.shutdown(within: .zero)
  }

  /// Plays the server up to a joined `/`.
  func joined() async -> ScriptedServer.Peer {
    let peer = await server.peers.next()
    peer.send(Scene.open)
    _ = await server.texts.next()
    peer.send(#"40{"sid":"x"}"#)
    while true {
      if case .joined = await events.next() { return peer }
    }
  }

  /// The reason of the next end, skipping everything else.
  func disconnected() async -> (end: UpstreamEnd, retryIn: Int64?) {
    while true {
      if case .disconnected(let end, let retryIn) = await events.next() { return (end, retryIn) }
    }
  }
}
