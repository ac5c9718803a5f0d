import Foundation
import HubTesting
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import RealtimeServer

/// Keeps the pieces of a body, and holds the connection back while it is told to.
private final class Pieces: HTTPBodyReceiver {
  let bytes = Mutex<[UInt8]>([])
  let gone: Mailbox<Int>
  private let hold: EventLoopFuture<Void>?

  init(gone: Mailbox<Int>, hold: EventLoopFuture<Void>?) {
    self.gone = gone
    self.hold = hold
  }

  deinit { gone.put(bytes.withLock { $0.count }) }

  func take(_ bytes: ByteBuffer) -> EventLoopFuture<Void>? {
    self.bytes.withLock { $0 += Array(bytes.readableBytesView) }
    return hold
  }
}

/// `POST /take` (at most a million bytes, piece by piece; `X-Refuse` is refused at the head), `GET /file`.
private final class StreamRoutes: HTTPRouting {
  let gone = Mailbox<Int>()
  let file: String
  let hold = Mutex<EventLoopFuture<Void>?>(nil)

  init(file: String) { self.file = file }

  func match(method: String, path: String) -> HTTPRouteMatch {
    if path == "/file" {
      return .route(
        HTTPRoute(maxBody: 0) { [file] request, responder in
          let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
          var response = HTTPResponse(status: 200, headers: [("X-Kind", "file")])
          response.file = HTTPFile(path: file, offset: 3, length: size - 3)
          responder.respond(response)
        })
    }
    var route = HTTPRoute(maxBody: 1_000_000) { request, responder in
      let count = (request.receiver as? Pieces)?.bytes.withLock { $0.count } ?? -1
      responder.respond(HTTPResponse(status: 200, contentType: "text/plain", text: "\(count) \(request.body.readableBytes)"))
    }
    route.receive = { [self] request, _ in
      request.header("X-Refuse") == nil
        ? .take(Pieces(gone: gone, hold: hold.withLock { $0 }))
        : .refuse(HTTPResponse(status: 401, contentType: "text/plain", text: "who are you"))
    }
    return .route(route)
  }
}

@Suite("Bodies that pass piece by piece", .timeLimit(.minutes(2)))
struct BodyStreamTests {
  private func run(size: Int = 5_000_000, _ body: (StreamRoutes, RawClient, any EventLoop) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "stream-\(UUID().uuidString)").path
    try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let routes = StreamRoutes(file: path)
    let listener = try await HTTPListener.bind(
      .tcp(host: "127.0.0.1", port: 0), options: ListenerOptions(), routing: routes, engine: TestEngine(),
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
    do {
      try await body(routes, RawClient.connect(to: listener.address), MultiThreadedEventLoopGroup.singleton.next())
      await listener.shutdown(within: .zero)
    } catch {
      await listener.shutdown(within: .zero)
      throw error
    }
  }

  private func head(_ length: Int, _ fields: String = "") -> String {
    "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\(fields)\r\n"
  }

  @Test("a long body goes to its receiver and nowhere else, and the connection goes on")
  func receives() async throws {
    try await run { routes, client, _ in
      client.send(head(900_000))
      for _ in 0..<9 { #expect(await client.sendAll([UInt8](repeating: 7, count: 100_000))) }
      #expect(await client.response()?.body == "900000 0")
      #expect(await routes.gone.next() == 900_000, "nobody holds it after the answer")
      client.send(head(5) + "hello")
      #expect(await client.response()?.body == "5 0")
    }
  }

  @Test("a body over the limit is refused, with and without a length, and its receiver let go")
  func tooLarge() async throws {
    try await run { routes, client, _ in
      client.send(head(1_000_001))
      #expect(await client.response()?.status == 413)
    }
    try await run { routes, client, _ in
      client.send("POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      client.send(Array("F4240\r\n".utf8) + [UInt8](repeating: 1, count: 1_000_000) + Array("\r\n1\r\nx\r\n0\r\n\r\n".utf8))
      #expect(await client.response()?.status == 413)
      #expect(await routes.gone.next() == 1_000_000)
    }
  }

  @Test("who is refused at the head is answered without the body, and one who hangs up lets the receiver go")
  func refused() async throws {
    try await run { routes, client, _ in
      client.send(head(900_000, "X-Refuse: 1\r\n"))
      let answer = await client.response()
      #expect(answer?.status == 401 && answer?.body == "who are you")
    }
    try await run { routes, client, _ in
      client.send(head(900_000) + "some")
      client.close()
      #expect(await routes.gone.next() <= 4)
    }
  }

  @Test("while the receiver is behind, nothing more is read")
  func backPressure() async throws {
    try await run { routes, client, loop in
      let gate = loop.makePromise(of: Void.self)
      routes.hold.withLock { $0 = gate.futureResult }
      client.send(head(1_000_000))
      async let sent = client.sendAll([UInt8](repeating: 7, count: 1_000_000))
      gate.succeed(())
      #expect(await sent)
      #expect(await client.response()?.body == "1000000 0")
    }
  }

  @Test("a file is sent from its place on, whole, also while it is removed, and requests behind it are answered")
  func file() async throws {
    try await run { routes, client, _ in
      let expected = try Data(contentsOf: URL(filePath: routes.file)).dropFirst(3)
      client.send(get("/file") + head(2) + "hi")
      let fields = await client.read(through: "\r\n\r\n")
      #expect(fields.contains("Content-Length: \(expected.count)\r\n") && fields.contains("X-Kind: file\r\n"))
      try FileManager.default.removeItem(atPath: routes.file)
      #expect(await Data(client.read(expected.count)) == expected)
      #expect(await client.response()?.body == "2 0")
    }
  }

  @Test("HEAD of a file says how long it is, and a client that goes away ends the sending")
  func fileHead() async throws {
    try await run { routes, client, _ in
      client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(await client.read(through: "\r\n\r\n").contains("Content-Length: 4999997\r\n"))
      client.send(get("/file"))
      _ = await client.read(through: "\r\n\r\n")
      client.close()
    }
  }
}
