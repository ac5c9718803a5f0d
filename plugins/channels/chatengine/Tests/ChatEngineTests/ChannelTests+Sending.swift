import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import ChatEngine

extension ChannelTests {
  @Test("without a template nothing is sent")
  func doesNotSend() async throws {
    let host = try await TestServer.joined()
    let outcome = await host.send(["type": "text", "text": "oi"], to: .init("conv_1"), account: "ws_norte")
    guard case .rejected("unsupported", _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }

  @Test("with a template the configured request is made, and its answer is the outcome")
  func sends() async throws {
    let host = try await TestServer.joined {
      $0["send"] = [
        "url": "https://chat.example/{{conversationId}}", "headers": ["Authorization": "Bearer {{token}}"],
        "body": ["content": "{{content}}"],
      ]
    }
    host.state.withLock { $0.outbound = { _ in .json(["id": "msg_7QK3"], status: 201) } }
    let outcome = await host.send(["type": "text", "text": "oi"], to: .init("conv_1"), account: "ws_norte", cause: "cause-7")
    #expect(outcome == .accepted(providerMessageID: "msg_7QK3"))
    let request = try #require(host.state.withLock { $0.outboundRequests.first })
    #expect(request.url == "https://chat.example/conv_1" && request.header("Authorization") == "Bearer secret://norte")
    #expect(request.json == ["content": "oi"] && request.cause == "cause-7" && request.isForeign == false)
    #expect(host.metric("chatengine_sends_total", "accepted") == 1)
    let elsewhere = await host.send(["type": "text", "text": "oi"], to: .init("conv_1"), account: "ws_leste")
    guard case .rejected("invalid", _) = elsewhere else {
      Issue.record("\(elsewhere)")
      return
    }
  }

  @Test("what is sent into is subscribed before the request goes out, and for a while after; who looks at it keeps it")
  func subscribesBeforeSending() async throws {
    let host = try await TestServer.joined {
      $0["send"] = ["url": "https://chat.example/{{conversationId}}", "body": ["content": "{{content}}"]]
    }
    let saidBefore = Mutex<[[String]]>([])
    host.state.withLock { state in
      state.outbound = { [unowned host] _ in
        saidBefore.withLock { $0.append(host.said()) }
        return .json(["id": "msg_1"], status: 201)
      }
    }
    for conversation in ["conv_1", "conv_1", "conv_2"] {
      _ = await host.send(["type": "text", "text": "oi"], to: .init(conversation), account: "ws_norte")
    }
    let (first, second) = (#"subscribe:conversation "conv_1""#, #"subscribe:conversation "conv_2""#)
    #expect(saidBefore.withLock { $0 } == [[first], [first], [first, second]])
    #expect(host.state.withLock { $0.timers.contains { $0 > 59_000 } })
    await host.interest(1, in: "conv_1")
    // The first was set for what is looked at now, and sets the next.
    for _ in 0..<2 { host.fireTimer() }
    #expect(host.said().dropFirst(2) == [#"unsubscribe:conversation "conv_2""#])
  }

  @Test("an answer without an id where it should be is told and counted with the path, and logged once a minute")
  func noID() async throws {
    let host = try await TestServer.joined {
      $0["send"] = ["url": "https://chat.example/{{conversationId}}", "body": ["content": "{{content}}"], "id": "data.id"]
    }
    for answer in [["id": "msg_1"], ["data": ["id": .null]], ["data": ["id": "msg_1"]]] as [JSONValue] {
      host.state.withLock { $0.outbound = { _ in .json(answer, status: 201) } }
      #expect(await host.send(["type": "text", "text": "oi"], to: .init("conv_1"), account: "ws_norte").word == "accepted")
    }
    #expect(host.metric("chatengine_sends_without_id_total", "data.id") == 2)
    let lines = host.state.withLock { $0.log.filter { $0.level == .warning } }
    #expect(lines.count == 1 && lines.first?.fields["path"] == "data.id")
  }

  @Test(
    "the private authority of the server is believed for sending to the same host, and no other",
    arguments: ["chat.example", "relay.example"])
  func authority(_ host: String) async throws {
    let fake = try await TestServer.joined {
      $0["ca_file"] = "/etc/ca.pem"
      $0["send"] = ["url": .string("https://\(host):8443/{{conversationId}}"), "body": ["content": "{{content}}"]]
    }
    fake.state.withLock { $0.outbound = { _ in .json(["id": "msg_1"], status: 201) } }
    _ = await fake.send(["type": "text", "text": "oi"], to: .init("conv_1"), account: "ws_norte")
    let request = try #require(fake.state.withLock { $0.outboundRequests.first })
    #expect(request.authority == (host == "chat.example" ? "/etc/ca.pem" : nil))
  }

  @Test("an attachment is fetched from its address, as one that came from outside, and without anything of ours")
  func media() async throws {
    let host = try await TestServer.joined()
    guard
      case .fetch(let request, nil, nil) = await host.openMedia(["url": "https://cdn.example/a.jpg", "message": "m1"], account: "ws_norte")
    else {
      Issue.record("not fetched")
      return
    }
    #expect(request.url == "https://cdn.example/a.jpg" && request.isForeign && request.headers.isEmpty)
    guard case .missing(let error) = await host.openMedia(["inlineBytes": 8], account: "ws_norte") else {
      Issue.record("found")
      return
    }
    #expect(error.code == .notFound)
  }
}
