import Testing

@testable import UpstreamSocket

@Suite("The client's opening handshake")
struct UpgradeExchangeTests {
  private let key = "dGhlIHNhbXBsZSBub25jZQ=="
  private let good = "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nSec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

  private func receive(_ text: String, step: Int) throws -> (isOpen: Bool, left: Int) {
    var exchange = UpgradeExchange(key: key)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: step) {
      let end = min(start + step, bytes.count)
      var offset = 0
      let isOpen = try bytes[start..<end].withUnsafeBytes { try exchange.receive($0, at: &offset) }
      if isOpen { return (true, bytes.count - start - offset) }
    }
    return (false, 0)
  }

  @Test("a 101 with the right key opens, in one piece or byte by byte; what follows is left", arguments: [1, 1000])
  func accepts(step: Int) throws {
    #expect(try receive(good + "ab", step: step) == (true, 2))
    #expect(try receive(String(good.dropLast()), step: step).isOpen == false)
  }

  @Test("everything else is refused")
  func refuses() {
    for text in [
      "HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "SSH-2.0-x\r\n\r\n", "\r\n\r\n",
      good.replacing("s3p", with: "S3p"), good.replacing("upgrade: WebSocket\r\n", with: ""), "HTTP/1.1 x y\r\n\r\n",
      "HTTP/1.1 101 a\r\n" + String(repeating: "x", count: 20_000),
    ] {
      #expect(throws: UpgradeFailure.self, "\(text.prefix(30))") { try receive(text, step: 100) }
    }
  }

  @Test("a refusal is told with its status and the beginning of its body", arguments: [1, 7, 1000])
  func refusal(step: Int) {
    let text = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 18\r\n\r\napiKey is required\n"
    #expect(throws: UpgradeFailure("the server answered 400: apiKey is required", status: 400)) { try receive(text, step: step) }
    let long = "HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 1000)
    let told = UpgradeFailure("the server answered 403: " + String(repeating: "x", count: 256), status: 403)
    #expect(throws: told) { try receive(long, step: step) }
    #expect(throws: UpgradeFailure("the server answered 401", status: 401)) { try receive("HTTP/1.1 401 No\r\n\r\n", step: step) }
  }

  @Test("a refusal whose body never comes whole is told when the connection ends")
  func truncated() throws {
    var exchange = UpgradeExchange(key: key)
    var offset = 0
    let text = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\nhalf"
    #expect(try Array(text.utf8).withUnsafeBytes { try exchange.receive($0, at: &offset) } == false)
    #expect(exchange.failure == UpgradeFailure("the server answered 502: half", status: 502))
  }

  @Test("what a refusal says is told without what could steer a terminal")
  func printable() {
    let body = "a\u{1B}[2Jb\u{7}\r\nc\u{202E}d\u{85}\u{2028}é 語\0"
    let text = "HTTP/1.1 400 Bad Request\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    #expect(throws: UpgradeFailure("the server answered 400: a[2Jbcdé 語", status: 400)) { try receive(text, step: 3) }
  }

  @Test("the request has the query and the fields; with a line break in one of them there is none")
  func request() throws {
    var options = UpstreamOptions(url: try #require(UpstreamURL("ws://hub:3333")))
    options.path = "/api/ws/ü?"
    let shown = UpstreamOptions.Credentials(query: [("tok en", "x&y=ü")], headers: [("X-A", "1"), ("X-B", "2")])
    let text = String(decoding: try UpgradeExchange(key: key).request(options, showing: shown), as: UTF8.self)
    #expect(text.hasPrefix("GET /api/ws/%C3%BC%3F?EIO=4&transport=websocket&tok%20en=x%26y%3D%C3%BC HTTP/1.1\r\nHost: hub:3333\r\n"))
    #expect(text.hasSuffix("\r\nX-A: 1\r\nX-B: 2\r\n\r\n"))
    for field in [("X-B", "2\r\nX-C: 3"), ("X-B", "2\n"), ("X-B", "\0"), ("X-B:", "4"), ("", "4"), ("X B", "4")] {
      let shown = UpstreamOptions.Credentials(headers: [("X-A", "1"), field])
      #expect(throws: UpgradeFailure("the header field \(field.0) can't be sent")) {
        try UpgradeExchange(key: key).request(options, showing: shown)
      }
    }
  }
}
