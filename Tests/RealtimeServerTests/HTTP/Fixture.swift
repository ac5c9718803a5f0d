import HubTesting
import Logging
import NIOCore
import NIOPosix
import WebSocketFrames

@testable import RealtimeServer

/// `GET /hello`, `POST /echo` (at most 1000 bytes), `/later` (answered by the test), `POST /hook` (not rate limited), `GET /drop`,
/// `GET /twice`, `GET /big`.
final class TestRoutes: HTTPRouting {
  let held = Mailbox<(HTTPRequest, HTTPResponder)>()
  let seen = Mailbox<String>()

  func match(method: String, path: String) -> HTTPRouteMatch {
    switch (method, path) {
    case ("GET", "/hello"): return route { .init(status: 200, contentType: "text/plain", text: "hello \($0.remote)") }
    case ("POST", "/echo"): return route { .init(status: 200, headers: [], body: $0.body) }
    case (_, "/echo"): return .methodNotAllowed(allow: ["POST"])
    case ("HEAD", "/hello"): return .methodNotAllowed(allow: ["GET"])
    case ("GET", "/big"): return route { _ in .init(status: 200, body: ByteBuffer(repeating: 0x61, count: 8 << 20)) }
    case ("GET", "/later"), ("POST", "/later"):
      return .route(HTTPRoute(maxBody: 1000) { self.held.put(($0, $1)) })
    case ("POST", "/hook"):
      return .route(HTTPRoute(maxBody: 1000, isRateLimited: false) { $1.respond(.init(status: 200, body: $0.body)) })
    case ("GET", "/drop"): return .route(HTTPRoute(maxBody: 0) { _, _ in })
    case ("GET", "/twice"):
      return .route(
        HTTPRoute(maxBody: 0) { _, responder in
          responder.respond(.init(status: 200, contentType: "text/plain", text: "first"))
          responder.respond(.init(status: 500, contentType: "text/plain", text: "second"))
        })
    case ("GET", "/split"):
      return route { _ in .init(status: 200, headers: [("X-A", "1\r\nX-B: 2"), ("Content-Length", "99"), ("X-C", "3")]) }
    default: return .notFound
    }
  }

  private func route(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) -> HTTPRouteMatch {
    .route(
      HTTPRoute(maxBody: 1000) { request, responder in
        self.seen.put(request.target)
        responder.respond(answer(request))
      })
  }
}

/// An engine that tells the test what it is asked, and whose websockets echo.
final class TestEngine: EngineEndpoint {
  let paths = ["/socket.io/", "/api/ws/"]
  let maxBody = 1000
  let began = Mailbox<String>()
  let failed = Mailbox<BodyFailure>()
  let aborted = Mailbox<String>()
  let held = Mailbox<(HTTPRequest, HTTPResponder)>()
  let closed = Mailbox<WebSocketClosing>()

  func bodyBegan(_ request: HTTPRequest) { began.put(request.target) }
  func bodyFailed(_ request: HTTPRequest, reason: BodyFailure) { failed.put(reason) }

  func request(_ request: HTTPRequest, responder: HTTPResponder) {
    if request.method == "POST" {
      responder.respond(.init(status: 200, contentType: "text/html", text: "ok"))
    } else {
      responder.onAbort { self.aborted.put(request.target) }
      held.put((request, responder))
    }
  }

  func upgrade(_ request: HTTPRequest, answer: UpgradeAnswer) {
    guard request.queryValue("EIO") == "4" else { return answer.refuse(.refusedUpgrade("Unsupported protocol version")) }
    let open: @Sendable (WebSocketConnection) -> any WebSocketDelegate = { connection in
      connection.send(WebSocketFrame.text("open"))
      return EchoDelegate(self.closed)
    }
    if request.queryValue("late") != nil {
      Task { answer.accept(open: open) }
    } else {
      answer.accept(open: open)
    }
  }
}

final class EchoDelegate: WebSocketDelegate {
  private let closings: Mailbox<WebSocketClosing>

  init(_ closings: Mailbox<WebSocketClosing>) { self.closings = closings }

  func received(text: [UInt8], on connection: WebSocketConnection) {
    switch String(decoding: text, as: UTF8.self) {
    case "close": connection.close(code: 1001)
    case "terminate": connection.terminate()
    case "flood": for _ in 0..<64 { connection.send(WebSocketFrame.binary([UInt8](repeating: 7, count: 1 << 20))) }
    default: connection.send(.text, text)
    }
  }

  func received(binary: [UInt8], on connection: WebSocketConnection) { connection.send(WebSocketFrame.binary(binary)) }
  func closed(_ connection: WebSocketConnection, reason: WebSocketClosing) { closings.put(reason) }
}

/// A listener on loopback for one test.
struct Fixture: Sendable {
  let routes: TestRoutes
  let engine: TestEngine
  let listener: HTTPListener

  static func run<T>(
    _ configure: (inout ListenerOptions) -> Void = { _ in }, at address: ListenAddress = .tcp(host: "127.0.0.1", port: 0),
    _ body: (Fixture) async throws -> T
  ) async throws -> T {
    try await Turnstile.realTime.pass { try await serve(configure, at: address, body) }
  }

  /// Without waiting for a turn: for whoever has one.
  static func serve<T>(
    _ configure: (inout ListenerOptions) -> Void = { _ in }, at address: ListenAddress, _ body: (Fixture) async throws -> T
  ) async throws -> T {
    var options = ListenerOptions()
    configure(&options)
    let (routes, engine) = (TestRoutes(), TestEngine())
    let listener = try await HTTPListener.bind(
      address, options: options, routing: routes, engine: engine, group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test"))
    do {
      let result = try await body(Fixture(routes: routes, engine: engine, listener: listener))
      await listener.shutdown(within: .zero)
      return result
    } catch {
      await listener.shutdown(within: .zero)
      throw error
    }
  }

  func client(tls: Bool = false) async throws -> RawClient { try await RawClient.connect(to: listener.address, tls: tls) }
}

func get(_ target: String, _ fields: String...) -> String {
  "GET \(target) HTTP/1.1\r\nHost: localhost\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ target: String, _ body: String, _ fields: String...) -> String {
  "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    + body
}
