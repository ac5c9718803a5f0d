import Foundation
import HubHost
import HubModel
import HubTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import HubOutbound

@Suite("The hub's HTTP client", .timeLimit(.minutes(5)))
struct OutboundClientTests {
  private func request(_ url: String, method: String = "GET", timeout: Duration = .seconds(10)) throws -> OutboundRequest {
    var request = OutboundRequest(method: method, url: try #require(OutboundURL(url)))
    request.timeout = timeout
    return request
  }

  private func withServer(_ body: (LocalServer, OutboundClient) async throws -> Void) async throws {
    let server = try await LocalServer()
    let client = OutboundClient(group: MultiThreadedEventLoopGroup.singleton)
    try await body(server, client)
    await client.shutdown()
    try await server.stop()
  }

  @Test("a request goes out as it is and its answer comes back; connections are used again")
  func answers() async throws {
    try await withServer { server, client in
      var post = try request("http://127.0.0.1:\(server.port)/a?b=c%20d", method: "POST")
      post.headers = [("X-One", "1"), ("User-Agent", "mine")]
      post.parts = [.bytes(ByteBuffer(string: "one ")), .bytes(ByteBuffer(string: "two"))]
      let answer = await Gatherer.send(post, through: client)
      #expect(answer.status == 200 && answer.text == "got 7" && answer.failure == nil)
      #expect(answer.headers.contains { $0.0 == "X-Seen" && $0.1 == "/a?b=c%20d" })
      let seen = try #require(server.requests.first)
      #expect(seen.head.method == .POST && seen.head.headers["x-one"] == ["1"] && seen.head.headers["user-agent"] == ["mine"])
      #expect(seen.head.headers["content-length"] == ["7"] && seen.head.headers["host"] == ["127.0.0.1:\(server.port)"])
      #expect(String(decoding: seen.body, as: UTF8.self) == "one two")
      for _ in 0..<9 { _ = await Gatherer.send(try request("http://127.0.0.1:\(server.port)/again"), through: client) }
      // A request that comes right behind an answer may find the connection not yet given back.
      #expect(server.connections < 10 && server.requests.count == 10)
    }
  }

  @Test("a private authority is believed where a request names it and nowhere else; a file of none is named")
  func authorities() async throws {
    let certificate = try await SelfSignedCertificate.make()
    defer { certificate.remove() }
    let server = try await LocalServer(certificate: certificate)
    let client = OutboundClient(group: MultiThreadedEventLoopGroup.singleton)
    var asked = try request("https://localhost:\(server.port)/")
    asked.authority = certificate.certificate
    #expect(await Gatherer.send(asked, through: client).status == 200)
    asked.authority = nil
    let refused = await Gatherer.send(asked, through: client)
    #expect(refused.failure?.reason == .tls && refused.failure?.wasWritten == false)
    for (file, words) in [
      (certificate.certificate + ".absent", "no such file or directory"), (certificate.key, "no PEM certificate can be read from it"),
    ] {
      asked.authority = file
      #expect(await Gatherer.send(asked, through: client).failure == OutboundFailure(.tls, wasWritten: false, "\(file): \(words)"))
    }
    #expect(server.requests.count == 1)
    await client.shutdown()
    try await server.stop()
  }

  @Test("an authority that cannot be read for long holds up nobody else, and its request no longer than it may take")
  func slowAuthority() async throws {
    let pipe = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString)").path
    // Whoever opens it to read waits until somebody writes.
    try #require(mkfifo(pipe, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: pipe) }
    try await withServer { server, client in
      var asked = try request("https://127.0.0.1:\(server.port)/", timeout: .milliseconds(300))
      asked.authority = pipe
      async let slow = Gatherer.send(asked, through: client)
      #expect(await Gatherer.send(try request("http://127.0.0.1:\(server.port)/"), through: client).status == 200)
      #expect(await slow.failure == OutboundFailure(.timeout, wasWritten: false, "\(pipe) was not read in time"))
      close(open(pipe, O_WRONLY))
    }
  }

  @Test("a file is streamed as it is or as Base64, among other pieces", arguments: [0, 1, 2, 3, 500_000])
  func files(size: Int) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "outbound-\(UUID().uuidString)").path
    let content = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try content.write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await withServer { server, client in
      var post = try request("http://127.0.0.1:\(server.port)/", method: "POST")
      let file = OutboundFile(path: path, size: size)
      post.parts = [
        .bytes(ByteBuffer(string: "<")), .file(file, isBase64: false), .file(file, isBase64: true), .bytes(ByteBuffer(string: ">")),
      ]
      let answer = await Gatherer.send(post, through: client)
      #expect(answer.failure == nil)
      let expected = Data("<".utf8) + content + Data(content.base64EncodedString().utf8) + Data(">".utf8)
      #expect(server.requests.first.map { Data($0.body) } == expected)
    }
  }

  @Test("a file that is not there, or shorter than it was said to be, fails the request")
  func missingFile() async throws {
    try await withServer { server, client in
      var post = try request("http://127.0.0.1:\(server.port)/", method: "POST")
      post.parts = [.file(OutboundFile(path: "/nonexistent/file", size: 3), isBase64: false)]
      #expect(await Gatherer.send(post, through: client).failure?.reason == .file)
      #expect(server.requests.isEmpty)
    }
  }

  @Test("a redirect is an answer and not followed")
  func redirects() async throws {
    try await withServer { server, client in
      let answer = await Gatherer.send(try request("http://127.0.0.1:\(server.port)/redirect"), through: client)
      #expect(answer.status == 302 && server.requests.count == 1)
    }
  }

  @Test("a receiver that wants no more ends the request")
  func tooLarge() async throws {
    try await withServer { server, client in
      let answer = await Gatherer.send(try request("http://127.0.0.1:\(server.port)/long"), through: client, limit: 10)
      #expect(answer.failure?.reason == .tooLarge)
    }
  }

  @Test("a refused connection, an unknown name and a server without TLS are told as surely not sent")
  func notSent() async throws {
    let server = try await LocalServer()
    let port = server.port
    let client = OutboundClient(group: MultiThreadedEventLoopGroup.singleton)
    let tls = await Gatherer.send(try request("https://127.0.0.1:\(port)/"), through: client)
    #expect(tls.failure?.reason == .tls && tls.failure?.wasWritten == false)
    try await server.stop()
    let refused = await Gatherer.send(try request("http://127.0.0.1:\(port)/"), through: client)
    #expect(refused.failure == OutboundFailure(.unreachable, wasWritten: false, "connection refused"))
    let unknown = await Gatherer.send(try request("http://no-such-host.invalid/"), through: client)
    #expect(unknown.failure?.reason == .unresolved && unknown.failure?.wasWritten == false)
    await client.shutdown()
    let ended = await Gatherer.send(try request("http://127.0.0.1:\(port)/"), through: client)
    #expect(ended.failure?.reason == .cancelled && ended.failure?.wasWritten == false)
  }

  @Test(
    "a connection that ends, an answer that stops and one that does not come are told as perhaps sent",
    arguments: ["/hang-up", "/half", "/mute"])
  func perhapsSent(path: String) async throws {
    try await withServer { server, client in
      let answer = await Gatherer.send(try request("http://127.0.0.1:\(server.port)\(path)", timeout: .milliseconds(500)), through: client)
      #expect(answer.failure?.reason == (path == "/mute" ? .timeout : .broken))
      #expect(answer.failure?.wasWritten == true)
    }
  }

  @Test("a request is given up when nobody waits for it")
  func cancels() async throws {
    try await withServer { server, client in
      let answer = await Gatherer.send(try request("http://127.0.0.1:\(server.port)/mute"), through: client) { cancel in cancel() }
      #expect(answer.failure?.reason == .cancelled)
    }
  }
}
