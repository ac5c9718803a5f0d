import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import Evolution

/// Sending over the real C tables, against a host in memory that plays the server.
@Suite(.timeLimit(.minutes(5))) struct SendingTests {
  private static func host(_ change: @escaping (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    try await TestWebhook.host { config in
      config["url"] = "http://evo.example:8080"
      config["api_key"] = "secret://env/KEY"
      config["catch_up"] = "0s"
      config["silence"] = "0s"
      change(&config)
    }
  }

  private static func send(
    _ host: FakeHost, to key: String = "5511991230001", _ message: JSONObject = ["type": "text", "text": "oi"]
  ) async -> HubOutcome {
    await host.send(message, to: .init(key), account: "loja-centro", cause: "00-send")
  }

  private static let taken: JSONValue = [
    "key": ["remoteJid": "551191230001@s.whatsapp.net", "fromMe": true, "id": "3EB0"], "status": "PENDING",
  ]

  @Test("a message is one request with the instance's key and the cause, and its answer the outcome")
  func sends() async throws {
    let host = try await Self.host {
      $0["accounts"] = ["loja-centro": ["tenant": "norte", "api_key": "secret://env/LOJA"]]
      $0["ca_file"] = "/etc/ca.pem"
    }
    host.state.withLock { $0.outbound = { _ in .json(Self.taken, status: 201) } }
    let outcome = await Self.send(host)
    #expect(outcome == .accepted(providerMessageID: "3EB0", recipient: .init(phone: "551191230001", key: "551191230001")))
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.url == "http://evo.example:8080/message/sendText/loja-centro" && request.cause == "00-send")
    #expect(request.header("apikey") == "secret://env/LOJA" && request.authority == "/etc/ca.pem")
    #expect(request.json == ["number": "5511991230001", "text": "oi", "linkPreview": false])
    #expect(host.metric("evolution_sends_total", "accepted") == 1)
  }

  @Test("the server fetches a link for its preview on request, and where the configuration lets it", arguments: ["on", "off"])
  func previews(_ word: String) async throws {
    let host = try await Self.host { $0["link_previews"] = .string(word) }
    host.state.withLock { $0.outbound = { _ in .json(Self.taken, status: 201) } }
    _ = await Self.send(host, ["type": "text", "text": "veja https://loja.example", "previewUrl": true])
    #expect(host.state.withLock { $0.outboundRequests.first?.json["linkPreview"] } == .bool(word == "on"))
  }

  @Test("without the server's address nothing can be sent, and what the server has no call for is refused unasked")
  func refuses() async throws {
    let mute = try await Self.host { $0["url"] = nil }
    #expect(await Self.send(mute) == .rejected(code: "unsupported", text: "config.url is missing: nothing can be sent"))
    let host = try await Self.host()
    guard case .rejected("invalid", _) = await Self.send(host, ["type": "poll", "text": "?", "poll": ["options": ["só uma"]]]) else {
      Issue.record("not refused")
      return
    }
    #expect(host.state.withLock { $0.outboundRequests.isEmpty })
  }

  @Test(
    "case43: the server is not sent to fetch a file from its own machine or network",
    arguments: [
      "http://127.0.0.1/a.png", "http://169.254.169.254/latest", "http://2130706433/", "http://redis:6379/", "http://localhost/",
      "file:///etc/passwd",
    ])
  func foreignFile(_ url: String) async throws {
    let host = try await Self.host { $0["pace"] = 0 }
    host.state.withLock { $0.outbound = { _ in .json(Self.taken, status: 201) } }
    for (type, voice) in [("image", false), ("sticker", false), ("audio", true)] {
      let outcome = await Self.send(host, ["type": .string(type), "voice": .bool(voice), "media": ["url": .string(url)]])
      #expect(outcome == .rejected(code: "invalid", text: "message.media.url is no http address on the public internet"))
    }
    #expect(host.state.withLock { $0.outboundRequests.isEmpty })
    guard case .accepted = await Self.send(host, ["type": "image", "media": ["url": "https://cdn.example/a.png"]]) else {
      Issue.record("a file of the internet is refused")
      return
    }
  }

  @Test("an answer that was lost is not known, and is not asked for again")
  func lost() async throws {
    let host = try await Self.host()
    host.state.withLock { $0.outbound = { _ in .failure(.failed, wasWritten: true, "the connection was lost") } }
    #expect(await Self.send(host) == .unknown(code: "no_answer", text: "the connection was lost"))
    #expect(host.state.withLock { $0.outboundRequests.count } == 1)
  }

  @Test("the echo of a message of unknown fate names nothing of ours: it is told as what it is, a message with the provider's id")
  func unknownAndEchoed() async throws {
    let host = try await Self.host()
    host.state.withLock { $0.outbound = { _ in .failure(.timeout, wasWritten: true, "no answer in time") } }
    guard case .unknown = await Self.send(host) else {
      Issue.record("not unknown")
      return
    }
    let echo: JSONValue = [
      "key": ["remoteJid": "5511991230001@s.whatsapp.net", "fromMe": true, "id": "3EB0"], "message": ["conversation": "oi"],
      "messageType": "conversation", "messageTimestamp": 1_767_625_200, "status": "PENDING",
    ]
    #expect(await TestWebhook.post(host, TestWebhook.envelope("send.message", echo)).status == 200)
    let event = try #require(host.state.withLock { $0.events.first { $0.kind == "message.created" } })
    let message = try #require(try JSONValue(parsing: event.body)["message"])
    #expect(event.id == "3EB0" && message["direction"] == "outbound" && message["origin"] == "api")
    #expect(message["reference"] == nil)
  }

  @Test("a server that refuses the key is told once a minute")
  func down() async throws {
    let host = try await Self.host { $0["pace"] = 0 }
    host.state.withLock { $0.outbound = { _ in .json(["response": ["message": "Unauthorized"]], status: 401) } }
    for _ in 0..<3 { #expect(await Self.send(host) == .down(code: "unauthorized", text: "Unauthorized")) }
    #expect(host.state.withLock { $0.log.filter { $0.message == "the server takes nothing" }.count } == 1)
    #expect(host.metric("evolution_sends_total", "down") == 3)
  }

  @Test("whose turn is too far off is given back and no request made")
  func paced() async throws {
    let host = try await Self.host { $0["pace"] = 0.01 }
    host.state.withLock { $0.outbound = { _ in .json(Self.taken, status: 201) } }
    _ = await Self.send(host)
    guard case .retry(let after?, .account, "paced", nil) = await Self.send(host, to: "5511991230002") else {
      Issue.record("not given back")
      return
    }
    #expect((70_000...130_000).contains(after))
    #expect(host.state.withLock { $0.outboundRequests.count } == 1)
  }

  @Test("reading is told, typing too; a failure of either is no failure of anything else")
  func readAndTyping() async throws {
    let host = try await Self.host()
    host.state.withLock {
      $0.outbound = { request in request.url.contains("sendPresence") ? .json([:], status: 500) : .json([:], status: 201) }
    }
    #expect(await host.markRead([["providerMessageId": "3A"]], account: "loja-centro") == .accepted(providerMessageID: nil))
    await host.typing(true, account: "loja-centro")
    #expect(
      host.state.withLock { $0.outboundRequests.map(\.url) } == [
        "http://evo.example:8080/chat/markMessageAsRead/loja-centro", "http://evo.example:8080/chat/sendPresence/loja-centro",
      ])
    while host.metric("evolution_sends_total", "typing_failed") < 1 { await Task.yield() }
  }
}
