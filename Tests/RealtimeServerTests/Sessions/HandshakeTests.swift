import EngineIO
import HubTesting
import OrderedJSON
import Testing

@testable import RealtimeServer

@Suite("Requests that open a session", .timeLimit(.minutes(2)))
struct HandshakeTests {
  private let polling = "/socket.io/?EIO=4&transport=polling"
  private let webSocket = "/socket.io/?EIO=4&transport=websocket"

  @Test("the open packet has the reference's defaults, as whole milliseconds and bytes")
  func defaults() async throws {
    try await Stage.run { stage in
      let open = try #require(try await stage.request(get(polling))).body.dropFirst()
      let fields = try JSONValue(parsing: Array(open.utf8))
      #expect(fields["pingInterval"]?.int64 == 25_000)
      #expect(fields["pingTimeout"]?.int64 == 20_000)
      #expect(fields["maxPayload"]?.int64 == 1_000_000)
      #expect(open.hasSuffix(#""pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#))
    }
  }

  @Test("no upgrade is offered, nor taken, when upgrades are off")
  func upgradesOff() async throws {
    try await Stage.run {
      $0.allowsUpgrades = false
    } _: { stage in
      let client = try await stage.polling()
      #expect(try JSONValue(parsing: Array(client.first.body.utf8.dropFirst()))["upgrades"] == [])
      let probe = try await stage.upgrade("\(webSocket)&sid=\(client.sid)")
      #expect(await probe.closed())
      #expect(try await client.post("40")?.body == "ok", "the session is unharmed")
    }
  }

  @Test("a transport that is not on offer is unknown")
  func transports() async throws {
    try await Stage.run {
      $0.transports = [.webSocket]
    } _: { stage in
      #expect(try await stage.request(get(polling))?.body == #"{"code":0,"message":"Transport unknown"}"#)
      _ = try await stage.webSocket()
    }
  }

  @Test("without the slash the path is not the engine's")
  func path() async throws {
    try await Stage.run { stage in
      for (request, status) in [
        (get("/socket.io?EIO=4&transport=polling"), 404), (upgradeRequest("/socket.io?EIO=4&transport=websocket"), 404),
        (get("/socket.io/anything?EIO=4&transport=polling"), 200),
      ] {
        let answer = try await stage.request(request)
        #expect(answer?.status == status)
      }
    }
  }

  @Test("parameters the protocol does not know are the application's", arguments: [true, false])
  func query(isWebSocket: Bool) async throws {
    try await Stage.run { stage in
      let query = "EIO=4&transport=\(isWebSocket ? "websocket" : "polling")&t=Pz1&b64=1&room=a%20b"
      if isWebSocket {
        let client = try await stage.upgrade("/socket.io/?\(query)")
        client.send("40{\"do\":\"hold\"}")
      } else {
        let answer = try #require(try await stage.request(get("/socket.io/?\(query)")))
        let sid = try #require(try JSONValue(parsing: Array(answer.body.utf8.dropFirst()))["sid"]?.string)
        _ = try await stage.request(post("\(polling)&sid=\(sid)", "40{\"do\":\"hold\"}"))
      }
      let (request, answer) = await stage.root.held.next()
      #expect(request.handshake.query == query)
      answer.refuse(message: "seen")
    }
  }

  @Test("a session is opened by GET only", arguments: ["POST", "PUT", "DELETE", "PATCH"])
  func method(method: String) async throws {
    try await Stage.run { stage in
      let answer = try #require(try await stage.request(get(polling).replacing("GET ", with: "\(method) ")))
      #expect(answer.status == 400)
      #expect(answer.body == #"{"code":2,"message":"Bad handshake method"}"#)
    }
  }

  @Test("HEAD opens no session either, and is told so without a body")
  func head() async throws {
    try await Stage.run { stage in
      let client = try await stage.raw()
      client.send(get(polling).replacing("GET ", with: "HEAD ") + get(polling))
      let answer = await client.response(bodyless: true)
      #expect(answer?.status == 400)
      #expect(answer?.fields["content-type"] == "application/json")
      #expect(await client.response()?.body.hasPrefix(#"0{"sid":""#) == true, "what follows is the next answer")
      #expect(stage.server.counts().sessions == 1)
    }
  }

  @Test("the version counts at the handshake only; other methods and transports than the session's are refused and do no harm")
  func liveSession() async throws {
    try await Stage.run { stage in
      let client = try await stage.polling()
      for query in ["transport=polling", "EIO=3&transport=polling"] {
        #expect(try await stage.request(post("/socket.io/?\(query)&sid=\(client.sid)", "3"))?.body == "ok")
      }
      for method in ["PUT", "DELETE"] {
        let answer = try await stage.request(get(client.target).replacing("GET ", with: "\(method) "))
        #expect(answer?.body == #"{"code":3,"message":"Bad request"}"#)
      }
      #expect(try await stage.request(get("\(webSocket)&sid=\(client.sid)"))?.status == 400)
      try await client.join()
    }
  }

  @Test("plain requests with the id of a websocket session are refused and do no harm")
  func plainOnWebSocket() async throws {
    try await Stage.run { stage in
      let socket = try await stage.upgrade(webSocket)
      let open = try #require(await socket.text()).dropFirst()
      let sid = try #require(try JSONValue(parsing: Array(open.utf8))["sid"]?.string)
      for target in ["\(webSocket)&sid=\(sid)", "\(polling)&sid=\(sid)"] {
        #expect(try await stage.request(get(target))?.body == #"{"code":3,"message":"Bad request"}"#)
      }
      _ = try await socket.join()
    }
  }

  @Test("a foreign origin opens no session by either transport, and an origin that is none is a bad request")
  func origins() async throws {
    try await Stage.run {
      $0.cors = CORSPolicy(.exact(["http://good.example"]))
    } _: { stage in
      for origin in ["http://bad.example", "null"] {
        let refused = try #require(try await stage.request(get(polling, "Origin: \(origin)")))
        #expect(refused.status == 403)
        #expect(refused.body == #"{"code":4,"message":"Forbidden"}"#)
        let socket = try #require(try await stage.request(upgradeRequest(webSocket, "Origin: \(origin)")))
        #expect(socket.status == 400)
        #expect(socket.body == "Forbidden")
      }
      #expect(try await stage.request(get(polling, "Origin: a b"))?.body == #"{"code":3,"message":"Bad request"}"#)
      #expect(try await stage.request(get(polling, "Origin: http://localhost"))?.status == 200, "the server's own origin")
      let socket = try await stage.raw()
      socket.send(upgradeRequest(webSocket, "Origin: http://good.example"))
      #expect(await socket.read(through: "\r\n\r\n").contains("Access-Control-Allow-Origin: http://good.example\r\n"))
    }
  }

  @Test("the application may refuse a session in its own words, by either transport, before the version is looked at")
  func allowRequest() async throws {
    try await Stage.run {
      $0.cors = CORSPolicy(.exact(["http://good.example"]))
      $0.allowRequest = { $0.queryValue("token") == "good" ? nil : "not \"you\" from \($0.remote)" }
    } _: { stage in
      let refused = try #require(try await stage.request(get("/socket.io/?EIO=3&transport=polling", "Origin: http://good.example")))
      #expect(refused.status == 403)
      #expect(refused.body == #"{"code":4,"message":"not \"you\" from 127.0.0.1"}"#)
      #expect(refused.fields["access-control-allow-origin"] == "http://good.example")
      let socket = try #require(try await stage.request(upgradeRequest(webSocket)))
      #expect(socket.status == 400)
      #expect(socket.body == "not \"you\" from 127.0.0.1")
      #expect(stage.server.counts().sessions == 0)
      let answer = try #require(try await stage.request(get("\(polling)&token=good")))
      let sid = try #require(try JSONValue(parsing: Array(answer.body.utf8.dropFirst()))["sid"]?.string)
      #expect(try await stage.request(post("\(polling)&sid=\(sid)", "40"))?.body == "ok", "it is asked at the handshake only")
      let upgraded = try await stage.upgrade("\(webSocket)&token=good")
      #expect(await upgraded.text()?.first == "0")
    }
  }

  @Test("a cookie is set when configured, on the first answer of polling only")
  func cookie() async throws {
    try await Stage.run { stage in
      let first = try await stage.polling().first
      #expect(first.fields["set-cookie"] == nil)
    }
    try await Stage.run {
      $0.cookie = "io"
    } _: { stage in
      let client = try await stage.polling()
      #expect(client.first.fields["set-cookie"] == "io=\(client.sid); Path=/; HttpOnly; SameSite=Lax")
      #expect(try await client.post("40")?.fields["set-cookie"] == nil)
      #expect(try await client.poll()?.fields["set-cookie"] == nil)
      let socket = try await stage.raw()
      socket.send(upgradeRequest(webSocket))
      #expect(await socket.read(through: "\r\n\r\n").lowercased().contains("set-cookie") == false)
    }
  }
}
