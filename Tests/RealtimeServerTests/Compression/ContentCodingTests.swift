import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer

@Suite("Compression over HTTP", .timeLimit(.minutes(2)))
struct ContentCodingTests {
  @Test(
    "the coding is the one the client likes best",
    arguments: [
      ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br", "gzip"), ("br, deflate, gzip", "deflate"), ("GZIP", "gzip"),
      ("gzip;q=0.5, deflate;q=0.8", "deflate"), ("gzip;q=0, *", "deflate"), ("*", "gzip"), ("*;q=0.1, deflate;q=0", "gzip"),
      ("gzip; q=1.000", "gzip"), ("x-gzip", "gzip"), ("br", nil), ("identity", nil), ("gzip;q=0", nil), ("gzip;q=2", nil),
      ("gzip;q=x", nil), ("gzip;q=0.0001", nil), ("*;q=0", nil), ("", nil), (";q=1", nil),
    ] as [(String, String?)])
  func preference(field: String, coding: String?) {
    let request = HTTPRequest(method: "GET", target: "/", headers: [("accept-encoding", field)])
    #expect(ContentCoding.preferred(by: request)?.rawValue == coding)
    #expect(ContentCoding.preferred(by: HTTPRequest(method: "GET", target: "/")) == nil)
  }

  private struct Answer {
    var head: String
    var body: [UInt8]
  }

  /// The answer to a poll for one event of this many digits.
  private func poll(_ stage: Stage, digits: Int, flags: [EmitFlags] = [[]], _ fields: String...) async throws -> Answer {
    let polling = try await stage.polling()
    try await polling.join()
    let id = await stage.root.joined.next()
    for flags in flags {
      stage.server.emit(to: id, packet: EventPacket("n", arguments: Array("[\(String(repeating: "1", count: digits))]".utf8)), flags: flags)
    }
    let raw = try await stage.raw()
    defer { raw.close() }
    raw.send("GET \(polling.target) HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
    let head = await raw.read(through: "\r\n\r\n")
    let length = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }?.dropFirst(16))
    return Answer(head: head, body: await raw.read(try #require(Int(length))))
  }

  @Test("answers to polls are compressed for who accepts it, from the threshold on, unless it is switched off")
  func polls() async throws {
    try await Stage.run { stage in
      let frame = #"42["n",]"#.utf8.count
      let expected = Array(#"42["n",\#(String(repeating: "1", count: 5000))]"#.utf8)
      let gzip = try await poll(stage, digits: 5000, "Accept-Encoding: gzip, deflate")
      #expect(gzip.head.contains("Content-Encoding: gzip\r\n") && gzip.head.contains("Vary: Accept-Encoding\r\n"))
      #expect(gzip.head.contains("Content-Type: text/plain; charset=UTF-8\r\n"))
      #expect(try Inflater().message(Array(gzip.body.dropFirst(10).dropLast(8)), limit: 6000) == expected)
      let deflate = try await poll(stage, digits: 5000, "Accept-Encoding: deflate", "Origin: http://a")
      #expect(deflate.head.contains("Content-Encoding: deflate\r\n"))
      #expect(try Inflater().message(Array(deflate.body.dropFirst(2).dropLast(4)), limit: 6000) == expected)
      let plain = try await poll(stage, digits: 5000)
      #expect(plain.body == expected)
      #expect(!plain.head.contains("Content-Encoding") && plain.head.contains("Vary: Accept-Encoding\r\n"), "caches must tell them apart")
      let least = try await poll(stage, digits: 1024 - frame, "Accept-Encoding: gzip")
      #expect(least.head.contains("Content-Encoding: gzip\r\n"))
      let short = try await poll(stage, digits: 1023 - frame, "Accept-Encoding: gzip")
      #expect(short.body.count == 1023)
      #expect(!short.head.contains("Content-Encoding") && !short.head.contains("Vary"))
    }
  }

  @Test("an answer with no packet in it that may be compressed is sent as it is; one such packet is enough for all")
  func uncompressed() async throws {
    try await Stage.run { stage in
      let alone = try await poll(stage, digits: 5000, flags: [.uncompressed], "Accept-Encoding: gzip")
      #expect(alone.body == Array(#"42["n",\#(String(repeating: "1", count: 5000))]"#.utf8))
      #expect(!alone.head.contains("Content-Encoding") && !alone.head.contains("Vary"))
      let mixed = try await poll(stage, digits: 5000, flags: [.uncompressed, []], "Accept-Encoding: gzip")
      #expect(mixed.head.contains("Content-Encoding: gzip\r\n"))
      #expect(try Inflater().message(Array(mixed.body.dropFirst(10).dropLast(8)), limit: 11_000).count == 2 * alone.body.count + 1)
    }
  }

  @Test("with their compression off answers to polls are sent as they are, whatever WebSockets do")
  func off() async throws {
    try await Stage.run({
      $0.compression = CompressionOptions()
      $0.pollCompression = nil
    }) { stage in
      let answer = try await poll(stage, digits: 5000, "Accept-Encoding: gzip")
      #expect(answer.body.count > 5000)
      #expect(!answer.head.contains("Content-Encoding") && !answer.head.contains("Vary"))
    }
  }

  @Test("routes refuse encoded bodies unread, and take plain ones")
  func case35_encodedBody() async throws {
    try await Fixture.run { fixture in
      for coding in ["gzip", "deflate", "br", "gzip, identity"] {
        let client = try await fixture.client()
        client.send(post("/echo", String(repeating: "x", count: 900), "Content-Encoding: \(coding)"))
        let answer = await client.response()
        #expect(answer?.status == 415)
        #expect(answer?.fields["accept-encoding"] == "identity")
        #expect(await client.response() == nil)
      }
      #expect(fixture.routes.seen.count == 0)
      let client = try await fixture.client()
      client.send(post("/echo", "plain", "Content-Encoding: identity"))
      #expect(await client.response()?.body == "plain")
      client.send(get("/hello", "Content-Encoding: gzip"))
      #expect(await client.response()?.status == 200, "there is no body to be encoded")
    }
  }

  @Test("polling bodies are never restored: what is encoded is no packet and ends its session")
  func case35_encodedPost() async throws {
    try await Stage.run({ $0.compression = CompressionOptions() }) { stage in
      let polling = try await stage.polling()
      #expect(try await polling.post("\u{1F}\u{8}\u{0}bomb", "Content-Encoding: gzip")?.status == 400)
      #expect(try await polling.poll()?.body.contains("Session ID unknown") == true)
    }
  }
}
