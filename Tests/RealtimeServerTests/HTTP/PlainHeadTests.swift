import NIOCore
import Testing

@testable import RealtimeServer

@Suite("Plain heads")
struct PlainHeadTests {
  private func read(_ text: String, _ limits: HTTPLimits = HTTPLimits()) -> PlainHead? {
    Array(text.utf8).withUnsafeBytes { PlainHead($0, limits: limits) }
  }

  @Test("a plain request is read in one pass: target, purpose, where its body begins")
  func plain() {
    let head = "POST /emit?room=a HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 12\r\nConnection: Keep-Alive\r\nX-Empty:\r\n\r\n"
    let read = read(head + "hello")
    #expect(read?.isGet == false)
    #expect(read?.target == 5..<17)
    #expect(read?.purpose == .answer(body: 12))
    #expect(read?.end == head.utf8.count)
    #expect(read?.fields.count == 4)
    #expect(self.read(get("/"))?.purpose == .answer(body: 0))
  }

  @Test("a websocket's head is one when all its fields are in order", arguments: ["Upgrade", "keep-alive, Upgrade", "upgrade"])
  func webSocket(connection: String) {
    let head = upgradeRequest(socketTarget).replacing("keep-alive, Upgrade", with: connection)
    #expect(read(head)?.purpose == .webSocket)
  }

  @Test("fields are found without case, as text only when asked for")
  func fields() throws {
    let text = get("/", "X-A: one", "x-b:two", "X-A: three")
    let head = try #require(read(text))
    let fields = HTTPFields(head.fields, in: ByteBuffer(string: text))
    #expect(fields.first("x-a") == "one")
    #expect(fields.first("X-B") == "two")
    #expect(fields.first("X-C") == nil)
    #expect(fields.all("x-A") == ["one", "three"])
    #expect(fields.texts.map(\.0) == ["Host", "X-A", "x-b", "X-A"])
  }

  @Test("no prefix of a head is a head")
  func prefixes() {
    for text in [get("/hello", "X-A: b"), upgradeRequest(socketTarget)] {
      for length in 0..<text.utf8.count {
        #expect(read(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil, "\(length)")
      }
      #expect(read(text) != nil)
    }
  }

  static let unusual: [String] =
    HTTPRefusalTests.smuggling + [
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
      get("/#a"), get("/\u{E9}"), get("/", "X-A: \u{E9}"), get("/", "X-A: b "), get("/", "X-A:\tb"), get("/", "Connection: close"),
      get("/", "Connection: Upgrade"), get("/", "Connection: keep-alive", "Connection: keep-alive"), get("/", "Expect: 100-continue"),
      get("/", "Upgrade: h2c"), get("/", "Content-Length: 5, 5"), get("/", "Content-Length: 1234567890123456"),
      get("/", "Transfer-Encoding: chunked"), get("/", "Content-Encoding: gzip"), get("/", "Upgrade: websocket"),
      upgradeRequest("/", "Content-Length: 0"), upgradeRequest("/", "Upgrade: websocket"), upgradeRequest("/", "Sec-WebSocket-Version: 13"),
      upgradeRequest("/").replacing("dGhl", with: "dG"), upgradeRequest("/").replacing("GET", with: "POST"),
      upgradeRequest("/").replacing("Version: 13", with: "Version: 8"), upgradeRequest("/").replacing("Host: a\r\n", with: ""),
    ]

  @Test("what is unusual is left to the general way")
  func general() {
    for head in Self.unusual { #expect(read(head) == nil, "\(head.debugDescription)") }
  }

  @Test("a head over a limit is left to the general way")
  func limits() {
    var limits = HTTPLimits()
    limits.headFields = 2
    #expect(read(get("/", "X-A: b"), limits) != nil)
    #expect(read(get("/", "X-A: b", "X-B: c"), limits) == nil)
    limits.headFields = 0
    limits.headBytes = get("/").utf8.count
    #expect(read(get("/"), limits) != nil)
    #expect(read(get("/", "X: y"), limits) == nil)
  }
}
