import HubTesting
import Logging
import NIOCore
import NIOPosix
import OrderedJSON
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Without Socket.IO, and without Engine.IO", .timeLimit(.minutes(1)))
struct BareTests {
  private let logger = Logger(label: "test")
  private let anywhere = ListenAddress.tcp(host: "127.0.0.1", port: 0)

  private func client(_ listener: HTTPListener, _ request: String) async throws -> RawClient {
    let client = try await RawClient.connect(to: listener.address)
    client.send(request)
    return client
  }

  @Test("bare Engine.IO answers text and binary by both transports, and waits for no CONNECT")
  func engine() async throws {
    var options = RealtimeOptions()
    options.connectTimeout = .milliseconds(50)
    let server = RealtimeServer(options: options, group: MultiThreadedEventLoopGroup.singleton, logger: logger, bare: { $0 })
    let listener = try await server.listen(on: anywhere)
    let socket = SocketIOClient(raw: try await client(listener, upgradeRequest("/socket.io/?EIO=4&transport=websocket")))
    #expect(await socket.raw.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
    #expect(await socket.text()?.first == "0")

    let polling = "/socket.io/?EIO=4&transport=polling"
    let open = try #require(try await client(listener, get(polling)).response())
    let sid = try #require(try JSONValue(parsing: Array(open.body.utf8.dropFirst()))["sid"]?.string)
    #expect(try await client(listener, post("\(polling)&sid=\(sid)", "42[\"a\"]\u{1e}bAQI=\u{1e}4")).response()?.body == "ok")
    #expect(try await client(listener, get("\(polling)&sid=\(sid)")).response()?.body == "42[\"a\"]\u{1e}bAQI=\u{1e}4")

    for loop in server.loops { try await loop.eventLoop.submit { loop.sessions.elements.forEach { $0?.connectTimedOut() } }.get() }
    socket.send("4hello")
    #expect(await socket.text() == "4hello")
    socket.send([1, 2])
    #expect(await socket.event() == .binary([1, 2]))
    await listener.shutdown(within: .zero)
  }

  @Test("plain websockets are served on every path; what asks for none is told to upgrade")
  func plain() async throws {
    let listener = try await HTTPListener.bindWebSockets(
      anywhere, options: ListenerOptions(), group: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { $0 }
    for path in ["/", "/any?thing=1", "/socket.io/?transport=polling"] {
      let socket = SocketIOClient(raw: try await client(listener, upgradeRequest(path)))
      #expect(await socket.raw.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
      socket.send("text")
      socket.send([3])
      #expect(await socket.text() == "text")
      #expect(await socket.event() == .binary([3]))
    }
    #expect(try await client(listener, get("/")).response()?.status == 426)
    await listener.shutdown(within: .zero)
  }
}
