import HubTesting
import NIOCore
import Testing

@testable import RealtimeServer

@Suite("How many sessions there may be", .timeLimit(.minutes(2)))
struct SessionLimitTests {
  @Test("the limits count in all and by address, and a place given back is free once")
  func places() {
    let limiter = SessionLimiter(total: 3, perAddress: 2)
    let (one, two) = (limiter.enter("a"), limiter.enter("a"))
    #expect(one != nil && two != nil)
    #expect(limiter.enter("a") == nil, "the address is full")
    let other = limiter.enter(nil)
    #expect(other != nil)
    #expect(limiter.enter("b") == nil, "everything is full")
    one?.release()
    one?.release()
    let next = limiter.enter("a")
    #expect(next != nil)
    #expect(limiter.enter("b") == nil)
    next?.release()
    _ = limiter.enter("b")
    #expect(limiter.enter("b") != nil, "a place that nobody keeps is free")
  }

  @Test("no limit is no limit")
  func unlimited() {
    let limiter = SessionLimiter(total: 0, perAddress: 0)
    let places = (0..<1000).compactMap { _ in limiter.enter("a") }
    #expect(places.count == 1000)
  }

  @Test("over the total both transports are refused and counted, until a session ends")
  func total() async throws {
    try await Stage.run {
      $0.sessions = 2
    } _: { stage in
      _ = try await stage.polling()
      let socket = try await stage.webSocket()
      let refused = try #require(try await stage.request(get("/socket.io/?EIO=4&transport=polling")))
      #expect(refused.status == 503)
      #expect(refused.fields["content-type"] == "application/json")
      #expect(refused.body == #"{"message":"Too many sessions"}"#)
      #expect(try await stage.request(upgradeRequest("/socket.io/?EIO=4&transport=websocket"))?.status == 503)
      #expect(stage.server.counters().refusedSessions == 2)
      #expect(stage.server.counts().sessions == 2)
      socket.raw.close()
      while stage.server.counts().sessions == 2 { await Task.yield() }
      _ = try await stage.webSocket()
    }
  }

  @Test("one connection cannot open sessions without end, and an upgrade needs no place of its own")
  func perAddress() async throws {
    try await Stage.run {
      $0.sessionsPerAddress = 3
    } _: { stage in
      let client = try await stage.polling()
      let connection = try await stage.raw()
      var statuses: [Int?] = []
      for _ in 0..<4 {
        connection.send(get("/socket.io/?EIO=4&transport=polling"))
        statuses.append(await connection.response()?.status)
      }
      #expect(statuses == [200, 200, 503, 503])
      let socket = try await stage.upgrade("/socket.io/?EIO=4&transport=websocket&sid=\(client.sid)")
      socket.send("2probe")
      #expect(await socket.text() == "3probe")
    }
  }

  @Test("behind a trusted proxy the client's address counts, and the proxy's own does not")
  func proxied() async throws {
    try await Stage.run {
      $0.sessionsPerAddress = 1
    } _: { stage in
      var options = ListenerOptions()
      options.trustedProxies = try #require(TrustedProxies(["127.0.0.1"]))
      let listener = try await stage.server.listen(on: .tcp(host: "127.0.0.1", port: 0), options: options)
      let connection = try await RawClient.connect(to: listener.address)
      let target = "/socket.io/?EIO=4&transport=polling"
      var statuses: [Int?] = []
      for request in [
        get(target), get(target), get(target, "X-Forwarded-For: 192.0.2.1"), get(target, "X-Forwarded-For: 192.0.2.1"),
        get(target, "X-Forwarded-For: 192.0.2.2"),
      ] {
        connection.send(request)
        statuses.append(await connection.response()?.status)
      }
      #expect(statuses == [200, 200, 200, 503, 200])
      connection.close()
      await listener.shutdown(within: .zero)
    }
  }

  @Test("a session that the server closed waits thirty seconds for the poll that is told; then it is gone, and its place free")
  func farewell() async throws {
    try await Stage.run({ $0.sessions = 1 }) { stage in
      let target = "/socket.io/?EIO=4&transport=polling"
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post(#"42["bye-all"]"#)?.body == "ok")
      #expect(await stage.root.gone.next() == .serverNamespaceDisconnect)
      try await stage.advance(29_000)
      #expect(stage.server.counts().sessions == 1)
      #expect(try await stage.request(get(target))?.status == 503)
      try await stage.advance(30_100)
      #expect(stage.server.counts().sessions == 0 && stage.server.counters().sessionsClosed == 1)
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
      #expect(try await stage.request(get(target))?.status == 200)
    }
  }

  @Test("the loop's own timer ends that wait")
  func farewellTimer() async throws {
    try await Stage.run({ $0.farewell = .milliseconds(50) }) { stage in
      let client = try await stage.polling()
      try await client.join()
      #expect(try await client.post(#"42["bye-all"]"#)?.body == "ok")
      while stage.server.counts().sessions > 0 { await Task.yield() }
      #expect(try await client.poll()?.body == #"{"code":1,"message":"Session ID unknown"}"#)
    }
  }
}
