import HubPluginSDK
import OrderedJSON
import Testing

@testable import ChatEngine

@Suite struct SendingTests {
  private static let config: JSONValue = [
    "url": "https://chat.example/api/{{conversationId}}/messages",
    "headers": ["Authorization": "Bearer {{token}}", "X-Reference": "{{reference}}"],
    "body": [
      "type": "{{type}}", "content": "{{content}}", "replyTo": "{{replyToMessageId}}", "media": "{{mediaUrl}}", "bytes": "{{mediaBase64}}",
    ],
    "id": "data.0.id",
  ]

  private func template(_ change: (inout JSONObject) -> Void = { _ in }) throws -> SendTemplate {
    var config = try #require(Self.config.object)
    change(&config)
    return try SendTemplate(.object(config))
  }

  private func send(_ message: JSONObject, to conversation: String = "conv/1?") throws -> HubSend {
    let body: JSONValue = [
      "v": 1, "attempt": 1, "reference": "msg_1", "to": ["key": .string(conversation), "group": false], "message": .object(message),
    ]
    return try HubSend(
      HubEvent(
        id: "msg_1", kind: "send", account: "ws_norte", conversation: conversation, cause: "cause-1", timeMilliseconds: 1,
        body: body.serialized()))
  }

  private func account() throws -> Configuration.Account {
    let config: JSONValue = ["url": "https://chat.example", "accounts": ["ws_norte": ["token": "secret://norte"]]]
    return try #require(try Configuration(config).accounts.first)
  }

  @Test("places in the address are percent-encoded, in the body escaped, and a header gets the token's handle")
  func text() throws {
    let message: JSONObject = [
      "type": "text", "text": "Olá \"Ana\"\n\\o/ {{type}}", "replyTo": ["providerMessageId": "msg_7QJ9", "fromMe": false],
    ]
    let request = try template().request(send(message), of: account())
    #expect(request.method == "POST" && request.url == "https://chat.example/api/conv%2F1%3F/messages")
    #expect(
      request.headers.map { "\($0.name): \($0.value)" } == [
        "Authorization: Bearer secret://norte", "X-Reference: msg_1", "Content-Type: application/json",
      ])
    #expect(request.cause == "cause-1")
    guard case .bytes(let body)? = request.parts.first, request.parts.count == 1 else {
      Issue.record("\(request.parts)")
      return
    }
    #expect(
      try JSONValue(parsing: body) == [
        "type": "text", "content": "Olá \"Ana\"\n\\o/ {{type}}", "replyTo": "msg_7QJ9", "media": "", "bytes": "",
      ])
  }

  @Test("an upload's bytes are streamed in their place, and an address stands in its own")
  func media() throws {
    let image: JSONObject = ["type": "image", "caption": "veja", "media": ["upload": "med_1", "mimeType": "image/jpeg"]]
    let parts = try template().request(send(image), of: account()).parts
    #expect(parts.count == 3 && parts[1] == .upload("med_1", base64: true))
    let file: JSONObject = ["type": "document", "media": ["url": "https://cdn.example/a.pdf"]]
    guard case .bytes(let body)? = try template().request(send(file), of: account()).parts.first else { return }
    #expect(try JSONValue(parsing: body)["type"] == "file" && JSONValue(parsing: body)["media"] == "https://cdn.example/a.pdf")
  }

  @Test(
    "what the request has no place for is unsupported",
    arguments: [
      ["type": "sticker", "media": ["upload": "med_1"]], ["type": "image", "media": ["id": "elsewhere"]],
      ["type": "location", "location": ["latitude": 1, "longitude": 2]], ["type": "reaction", "reaction": ["target": "m", "emoji": "x"]],
    ] as [JSONObject])
  func unsupported(_ message: JSONObject) throws {
    #expect { try template().request(send(message), of: account()) } throws: { ($0 as? HubError)?.code == .unsupported }
  }

  @Test(
    "case43: the server is not told an address of its own machine or network",
    arguments: ["http://127.0.0.1/a", "http://db:5432/", "file:///a"])
  func foreignFile(_ url: String) throws {
    #expect { try template().request(send(["type": "image", "media": ["url": .string(url)]]), of: account()) } throws: {
      ($0 as? HubError)?.code == .invalid
    }
  }

  @Test("files need a place for what they come as")
  func noPlace() throws {
    let bare = try template { $0["body"] = ["content": "{{content}}"] }
    for media in [["upload": "med_1"], ["url": "https://cdn.example/a"]] as [JSONValue] {
      #expect { try bare.request(send(["type": "image", "media": media]), of: account()) } throws: {
        ($0 as? HubError)?.code == .unsupported
      }
    }
  }

  @Test(
    "a template that cannot work is refused with its place",
    arguments: [
      ("url", "https://chat.example/{{token}}"), ("url", "https://{{conversationId}}.example/x"), ("url", "/api"),
      ("body", "{\"a\": {{content}}}"),
      ("body", "{\"a\": \"{{content\"}"), ("body", "{{content}}"), ("body", 7), ("headers", ["A": "{{content}}"]),
      ("headers", ["A": "x{{token}}y"]),
    ] as [(String, JSONValue)])
  func refused(_ key: String, _ value: JSONValue) throws {
    #expect { try template { $0[key] = value } } throws: { ("\($0)" as String).contains("config.send.\(key)") }
  }

  @Test(
    "the message's id is found where the configuration says",
    arguments: [
      (#"{"data":[{"id":"m1"}]}"#, "m1"), (#"{"data":[{"id":7}]}"#, "7"), (#"{"data":[]}"#, nil), (#"{"id":"m1"}"#, nil), ("", nil),
      (#"{"data":[{"id":""}]}"#, nil),
    ] as [(String, String?)])
  func id(_ answer: String, _ expected: String?) throws {
    #expect(try template().id(in: Array(answer.utf8)) == expected)
  }

  @Test("an answer's status says what became of the attempt")
  func outcomes() throws {
    let template = try template()
    func outcome(_ status: Int32, _ headers: [(String, String)] = [], _ body: String = "{}") -> HubOutcome {
      template.outcome(HubHTTPResponse(status: status, headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8)))
    }
    #expect(outcome(201, [], #"{"data":[{"id":"m1"}]}"#) == .accepted(providerMessageID: "m1"))
    #expect(outcome(200) == .accepted(providerMessageID: nil))
    #expect(outcome(401, [], #"{"message":"expired"}"#) == .down(code: "http_401", text: "expired"))
    #expect(outcome(429, [("retry-after", "7")]) == .retry(afterMilliseconds: 7000, scope: .account, code: "http_429", text: ""))
    #expect(outcome(503, [("Retry-After", "7")]) == .unknown(code: "http_503", text: ""), "a proxy may have passed it on")
    #expect(outcome(422, [], #"{"error":{"message":"no such conversation"}}"#) == .rejected(code: "http_422", text: "no such conversation"))
    #expect(outcome(500) == .unknown(code: "http_500", text: ""))
    #expect(outcome(408) == .unknown(code: "http_408", text: ""))
    #expect(outcome(302) == .rejected(code: "http_302", text: ""))
  }
}
