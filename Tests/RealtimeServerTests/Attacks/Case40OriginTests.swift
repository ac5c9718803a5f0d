import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("Case 40: origins and proxies", .timeLimit(.minutes(2)))
struct Case40OriginTests {
  static let listed = "https://app.example"
  static let foreign = [
    "https://evil.example", "https://app.example.evil", "http://app.example", "https://app.example:8443", "https://evil-app.example",
    "null", "file://", "*", "",
  ]
  static let transports = ["/socket.io/?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=websocket"]

  /// The status of a handshake.
  private func open(_ stage: Stage, _ target: String, _ fields: [String]) async throws -> RawClient.Response {
    let text = target.hasSuffix("websocket") ? upgradeRequest(target) : get(target)
    let lines = fields.map { "\r\n" + $0 }.joined()
    let client = try await stage.raw()
    client.send(text.replacing("Host: localhost", with: "Host: localhost\(lines)").replacing("Host: a", with: "Host: a\(lines)"))
    defer { client.close() }
    return try #require(await client.response())
  }

  @Test("a foreign origin opens no session by either transport, and is given no CORS fields", arguments: transports)
  func case40_foreign(target: String) async throws {
    try await Stage.run {
      $0.cors = CORSPolicy(.exact([Self.listed]))
    } _: { stage in
      for origin in Self.foreign {
        let answer = try await open(stage, target, ["Origin: \(origin)"])
        #expect(answer.status == (target.hasSuffix("websocket") ? 400 : 403) || (origin.isEmpty && answer.status == 400), "\(origin)")
        #expect(answer.fields["access-control-allow-origin"] == nil, "\(origin)")
        #expect(answer.body.contains("Forbidden") || origin.isEmpty, "\(answer.body)")
      }
      #expect(stage.server.counts().sessions == 0)
    }
  }

  @Test("a listed origin, the server's own and none at all may", arguments: transports)
  func case40_permitted(target: String) async throws {
    try await Stage.run {
      $0.cors = CORSPolicy(.exact([Self.listed]))
    } _: { stage in
      let host = target.hasSuffix("websocket") ? "a" : "localhost"
      for fields in [["Origin: \(Self.listed)"], ["Origin: http://\(host)"], []] {
        let answer = try await open(stage, target, fields)
        #expect(answer.status == (target.hasSuffix("websocket") ? 101 : 200), "\(fields)")
        #expect((answer.fields["access-control-allow-origin"] == Self.listed) == (fields == ["Origin: \(Self.listed)"]), "\(fields)")
        #expect(answer.fields["access-control-allow-origin"] != "*")
      }
    }
  }

  @Test("the server's own origin by another scheme is foreign: where the listener is TLS", arguments: transports)
  func case40_schemeOfListener(target: String) async throws {
    try await Stage.run({ _ in }, listening: { $0.tls = TestCertificate.options }) { stage in
      let host = target.hasSuffix("websocket") ? "a" : "localhost"
      for (origin, isOwn) in [("https://\(host)", true), ("http://\(host)", false)] {
        let client = try await RawClient.connect(to: stage.listener.address, tls: true)
        defer { client.close() }
        let isUpgrade = target.hasSuffix("websocket")
        client.send(isUpgrade ? upgradeRequest(target, "Origin: \(origin)") : get(target, "Origin: \(origin)"))
        #expect(await client.response()?.status == (isUpgrade ? (isOwn ? 101 : 400) : (isOwn ? 200 : 403)), "\(origin)")
      }
    }
  }

  @Test("the server's own origin by another scheme is foreign: where a trusted proxy tells, and only there", arguments: [true, false])
  func case40_schemeOfProxy(isTrusted: Bool) async throws {
    let proxies = try #require(TrustedProxies(isTrusted ? ["127.0.0.1"] : ["192.0.2.1"]))
    try await Stage.run({ _ in }, listening: { $0.trustedProxies = proxies }) { stage in
      for (origin, told, isOwn) in [
        ("https://localhost", "https", true), ("http://localhost", "https", !isTrusted), ("http://localhost", "http", true),
        ("https://localhost", "http", true),
      ] {
        let answer = try await open(stage, Self.transports[0], ["Origin: \(origin)", "X-Forwarded-Proto: \(told)"])
        #expect(answer.status == (isOwn ? 200 : 403), "\(origin) \(told)")
      }
    }
  }

  @Test("two Origin fields are not a way around the check", arguments: transports)
  func case40_two(target: String) async throws {
    try await Stage.run {
      $0.cors = CORSPolicy(.exact([Self.listed]))
    } _: { stage in
      for fields in [
        ["Origin: https://evil.example", "Origin: \(Self.listed)"], ["Origin: \(Self.listed)", "Origin: https://evil.example"],
      ] {
        let answer = try await open(stage, target, fields)
        #expect(answer.status == 400, "\(fields)")
      }
      #expect(stage.server.counts().sessions == 0)
    }
  }

  @Test("a forwarded address from a peer nobody trusts changes nothing: the peer's own address is counted")
  func case40_spoofed() async throws {
    try await Stage.run {
      $0.sessionsPerAddress = 2
    } _: { stage in
      var statuses: [Int] = []
      for number in 0..<4 {
        statuses.append(try await open(stage, Self.transports[0], ["X-Forwarded-For: 192.0.2.\(number)"]).status)
      }
      #expect(statuses == [200, 200, 503, 503])
    }
  }

  @Test("behind a trusted proxy the address it saw counts, not what the client wrote before it")
  func case40_forwarded() async throws {
    let proxies = try #require(TrustedProxies(["127.0.0.1"]))
    try await Stage.run({ $0.sessionsPerAddress = 1 }, listening: { $0.trustedProxies = proxies }) { stage in
      var statuses: [Int] = []
      for number in 0..<3 {
        statuses.append(try await open(stage, Self.transports[0], ["X-Forwarded-For: 198.51.100.\(number), 192.0.2.1"]).status)
      }
      #expect(statuses == [200, 503, 503])
    }
  }

  @Test("clients are counted by their address, in IPv6 by their network, and those that share one are not")
  func case40_countedName() throws {
    let proxies = try #require(TrustedProxies(["10.0.0.0/8", "fd00::/8"]))
    #expect(proxies.countedName(of: "192.0.2.1") == "192.0.2.1")
    #expect(proxies.countedName(of: "::ffff:192.0.2.1") == "192.0.2.1")
    #expect(proxies.countedName(of: "2001:db8::1") == proxies.countedName(of: "2001:db8:0:0:ffff::2"))
    #expect(proxies.countedName(of: "2001:db8::1") != proxies.countedName(of: "2001:db8:0:1::1"))
    for shared in ["unix", "10.1.2.3", "::ffff:10.1.2.3", "fd12::1"] { #expect(proxies.countedName(of: shared) == nil, "\(shared)") }
    #expect(TrustedProxies.none.countedName(of: "unix") == nil)
  }
}
