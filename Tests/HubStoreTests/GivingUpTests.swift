import HubTesting
import OrderedJSON
import Testing

@testable import HubStore

/// What an operator gives up is told to whoever sent it.
@Suite struct GivingUpTests {
  private let folder: Folder
  private let journal: Journal

  init() throws {
    folder = try Folder()
    journal = try Journal(path: folder.database)
  }

  private func errors(of sent: AcceptedSend) throws -> JSONValue? { try journal.texts(sent.conversation).first?["errors"]?[0] }

  @Test("a message of unknown fate that is dropped fails, with words that promise nothing")
  func unknown() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .unknown(code: "timeout", text: "no answer"))
    #expect(try await journal.drop(sent.id) == [sent.id])
    #expect(try journal.told(sent.id) == ["unknown", "failed"])
    #expect(try errors(of: sent) == ["code": "dropped", "title": "given up by an operator; whether it was sent is not known"])
    #expect(try journal.outbox(limit: 9).isEmpty)
  }

  @Test("what its provider says of a message that was given up counts after all", arguments: ["status", "echo"])
  func word(by kind: String) async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .unknown(code: "timeout", text: ""))
    _ = try await journal.drop(sent.id)
    if kind == "status" {
      let word: JSONObject = ["target": "w1", "status": "sent", "reference": .string(sent.id)]
      try await journal.store(Sample.event("message.status", id: "s1", ["status": .object(word)]))
    } else {
      var echo = Sample.message("w1", direction: "outbound", origin: "echo", status: "sent")
      var body = try #require(JSONValue(parsing: echo.body).object)
      var message = try #require(body["message"]?.object)
      message["reference"] = .string(sent.id)
      body["message"] = .object(message)
      echo.body = JSONValue.object(body).serialized()
      try await journal.store(echo)
    }
    #expect(try journal.told(sent.id) == ["unknown", "failed", "sent"])
    #expect(try errors(of: sent) == nil)
    try await journal.store(Sample.status("w1", "failed"), Sample.status("w1", "delivered"))
    #expect(try journal.told(sent.id) == ["unknown", "failed", "sent", "failed"], "what the provider itself gives up stays so")
  }

  @Test("what its provider refuses after it was given up fails with the provider's errors, and stays so", arguments: [true, false])
  func refusedLate(withErrors: Bool) async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .unknown(code: "timeout", text: ""))
    _ = try await journal.drop(sent.id)
    var word: JSONObject = ["target": "w1", "status": "failed", "reference": .string(sent.id)]
    let refusal: JSONValue = ["code": "131026", "title": "undeliverable"]
    if withErrors { word["errors"] = .array([refusal]) }
    try await journal.store(Sample.event("message.status", id: "s1", ["status": .object(word)]))
    #expect(try journal.told(sent.id) == ["unknown", "failed", "failed"])
    #expect(try errors(of: sent) == (withErrors ? refusal : nil))
    try await journal.store(Sample.status("w1", "failed", errors: [["code": "1"]]), Sample.status("w1", "sent"))
    #expect(try journal.told(sent.id) == ["unknown", "failed", "failed"], "it is given up no longer")
    #expect(try errors(of: sent) == (withErrors ? refusal : nil))
    #expect(try journal.texts(sent.conversation).first?["status"] == "failed")
  }

  @Test("an echo that failed says so of a message that was given up, once")
  func failedEcho() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .unknown(code: "timeout", text: ""))
    _ = try await journal.drop(sent.id)
    let message: JSONObject = [
      "providerMessageId": "w1", "direction": "outbound", "type": "text", "text": "oi", "origin": "echo", "status": "failed",
      "reference": .string(sent.id),
    ]
    for id in ["w1", "w1.again"] {
      try await journal.store(
        Sample.event(
          "message.created", id: id, ["contact": ["phone": "5511991230001"], "message": .object(message)], conversation: "5511991230001"))
    }
    #expect(try journal.told(sent.id) == ["unknown", "failed", "failed"])
    #expect(try errors(of: sent) == nil)
    #expect(try journal.texts(sent.conversation).count == 1)
  }

  @Test("what a provider refused stays failed, whatever comes")
  func refused() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .rejected(code: "131047", text: "window closed"))
    #expect(try await journal.drop(sent.id) == [sent.id])
    let word: JSONObject = ["target": "w1", "status": "sent", "reference": .string(sent.id)]
    try await journal.store(Sample.event("message.status", id: "s1", ["status": .object(word)]))
    #expect(try journal.told(sent.id) == ["failed"])
  }

  @Test("a message that failed, was asked for again and is dropped before it was tried is told as failed again")
  func again() async throws {
    let sent = try await journal.accepted()
    _ = try await journal.begin(1)
    try await journal.settle(1, .rejected(code: "131047", text: "window closed"))
    _ = try await journal.retry(sent.id)
    _ = try await journal.drop(sent.id)
    #expect(try journal.told(sent.id) == ["failed", "pending", "failed"])
    #expect(try errors(of: sent)?["code"] == "dropped")
    #expect(try journal.texts(sent.conversation).first?["status"] == "failed")
  }

  @Test("a message that cannot be begun is told as failed each time it was asked for")
  func buried() async throws {
    let sent = try await journal.accepted()
    for _ in 1...3 {
      try await withCheckedThrowingContinuation { (next: CheckedContinuation<Void, any Error>) in
        journal.buryAttempt(1, .rejected, code: "unreadable", text: "") { next.resume(with: $0.mapError { $0 as any Error }) }
      }
      _ = try await journal.retry(sent.id)
    }
    #expect(try journal.told(sent.id) == ["failed", "pending", "failed", "pending", "failed", "pending"])
  }
}
