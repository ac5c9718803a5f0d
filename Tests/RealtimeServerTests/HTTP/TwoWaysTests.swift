import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("The short way and the general way", .timeLimit(.minutes(2)))
struct TwoWaysTests {
  static let requests: [String] = [
    get("/hello"), get("/hello?a=b", "X-Request-Id: mine"), get("/nothing"), get("/echo"), post("/echo", "body"),
    post("/echo", String(repeating: "a", count: 1000)), post("/echo", String(repeating: "a", count: 1001)), post("/hello", "body"),
    post("/nothing", ""), post("/socket.io/?EIO=4", "4hello"), post("/socket.io/?EIO=4", String(repeating: "a", count: 1001)),
    get("/hello", "Origin: https://app.example"), get("/hello", "Origin: https://evil.example"), get("/drop"), get("/twice"),
    upgradeRequest(socketTarget), upgradeRequest(socketTarget, "Origin: https://app.example"), upgradeRequest(socketTarget + "&late=1"),
    upgradeRequest(socketTarget, "Sec-WebSocket-Protocol: chat, superchat"), upgradeRequest("/api/ws/?EIO=4&transport=websocket"),
    upgradeRequest("/socket.io/?EIO=3&transport=websocket"), upgradeRequest("/socket.io/?EIO=4&transport=polling"),
    upgradeRequest("/socket.io/?EIO=4"), upgradeRequest("/elsewhere"), upgradeRequest("/hello"),
    upgradeRequest(socketTarget).replacing("Host: a\r\n", with: "Host: a b\r\n"),
    upgradeRequest("/hello").replacing("keep-alive, Upgrade", with: "close"),
  ]

  /// Everything the server says to this request as the only one of its connection, what differs by nature left out.
  private func answer(to request: String, after opening: String?, _ fixture: Fixture) async throws -> String {
    let client = try await fixture.client()
    if let opening {
      client.send(opening)
      #expect(await client.response(bodyless: true)?.status == 200)
    }
    client.send(request)
    let head = await client.read(through: "\r\n\r\n")
    let lines = head.split(separator: "\r\n").filter { !$0.hasPrefix("Date: ") }
    let fields = lines.map { $0.hasPrefix("X-Request-Id: ") && !$0.hasSuffix("mine") ? "X-Request-Id: other" : String($0) }
    if head.hasPrefix("HTTP/1.1 101") {
      let socket = SocketClient(raw: client)
      socket.send("echo")
      return fields.joined(separator: "\n") + "\n\(String(describing: await socket.next())) \(String(describing: await socket.next()))"
    }
    client.closeOutput()
    return fields.joined(separator: "\n") + "\n\n" + (await client.readToEnd())
  }

  @Test("every request is answered the same, whichever way it is read")
  func same() async throws {
    try await Fixture.run({ $0.cors = CORSPolicy(.exact(["https://app.example"])) }) { fixture in
      for request in Self.requests + PlainHeadTests.unusual {
        let short = try await answer(to: request, after: nil, fixture)
        // HEAD isn't plain: from it on the connection goes the general way.
        let general = try await answer(to: request, after: "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", fixture)
        #expect(short == general, "\(request.debugDescription)")
        #expect(short.hasPrefix("HTTP/1.1 "), "\(request.debugDescription)")
      }
    }
  }

  @Test("a request is read in whatever pieces it arrives", arguments: [get("/hello"), post("/echo", "body"), upgradeRequest(socketTarget)])
  func pieces(request: String) async throws {
    try await Fixture.run { fixture in
      let whole = try await fixture.client()
      whole.send(request)
      let status = await whole.response()?.status
      let bytes = try await fixture.client()
      for byte in request.utf8 { #expect(await bytes.sendAll([byte])) }
      #expect(await bytes.response()?.status == status)
      let halves = try await fixture.client()
      let middle = request.utf8.count - 5
      #expect(await halves.sendAll(Array(request.utf8.prefix(middle))))
      halves.send(Array(request.utf8.dropFirst(middle)))
      #expect(await halves.response()?.status == status)
    }
  }

  @Test("requests that arrive together are answered in their order, plain ones before and after others")
  func mixed() async throws {
    try await Fixture.run { fixture in
      let client = try await fixture.client()
      let texts = (0..<5).map { "body \($0)" }
      client.send(
        post("/echo", texts[0]) + post("/echo", texts[1])
          + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbody 2\r\n0\r\n\r\n" + post("/echo", texts[3])
          + post("/echo", texts[4]))
      for text in texts { #expect(await client.response()?.body == text) }
    }
  }

  @Test("over TLS a websocket opens by the short way, and what it sends arrives in order")
  func tls() async throws {
    try await Fixture.run({ $0.tls = TestCertificate.options }) { fixture in
      let client = try await fixture.client(tls: true)
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
      client.send(Array(upgradeRequest(socketTarget).utf8) + FrameHeader.frame(.text, Array("early".utf8), role: .client))
      #expect(await client.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
      let socket = SocketClient(raw: client)
      #expect(await socket.next() == .text(Array("open".utf8)))
      #expect(await socket.next() == .text(Array("early".utf8)))
      for size in [0, 125, 70000, 1 << 19] {
        let payload = [UInt8](repeating: 0x61, count: size)
        socket.send(.binary, payload)
        #expect(await socket.next() == .binary(payload))
      }
    }
  }
}
