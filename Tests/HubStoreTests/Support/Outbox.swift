import HubStore
import OrderedJSON

extension Sample {
  /// A text to a phone, or to a conversation by its id.
  static func send(
    _ text: String = "oi", to: String = "5511991230001", tenant: String = "demo", key: (String, [UInt8])? = nil, more: JSONObject = [:]
  ) -> OutboundSend {
    var message: JSONObject = ["type": "text", "text": .string(text)]
    for member in more { message[member.key] = member.value }
    return OutboundSend(
      tenant: tenant, channel: "meta-main", provider: "meta", account: "acc", target: to.hasPrefix("cnv_") ? .conversation(to) : .phone(to),
      message: message, cause: "req-9", key: key.map { .init($0.0, fingerprint: $0.1) })
  }
}

extension Journal {
  func accept(_ send: OutboundSend) async throws -> SendAcceptance {
    try await withCheckedThrowingContinuation { next in accept(send) { next.resume(with: $0.mapError { $0 as any Error }) } }
  }

  /// Accepted, and nothing else.
  func accepted(_ send: OutboundSend = Sample.send()) async throws -> AcceptedSend {
    guard case .accepted(let accepted) = try await accept(send) else { throw NotAccepted() }
    return accepted
  }

  func begin(_ number: Int64, _ attempt: Int = 1) async throws -> AttemptStart {
    try await withCheckedThrowingContinuation { next in beginAttempt(number, attempt) { next.resume(with: $0.mapError { $0 as any Error }) }
    }
  }

  func settle(_ number: Int64, _ outcome: SendOutcome, attempt: Int = 1) async throws {
    try await withCheckedThrowingContinuation { (next: CheckedContinuation<Void, any Error>) in
      settleAttempt(number, attempt, outcome) { next.resume(with: $0.mapError { $0 as any Error }) }
    }
  }

  func openOutbox() async throws -> [OutboxTicket] {
    try await withCheckedThrowingContinuation { next in openOutbox { next.resume(with: $0.mapError { $0 as any Error }) } }
  }

  func retry(_ ids: String...) async throws -> [OutboxTicket] {
    try await withCheckedThrowingContinuation { next in retryOutbox(ids) { next.resume(with: $0.mapError { $0 as any Error }) } }
  }

  func drop(_ ids: String...) async throws -> [String] {
    try await withCheckedThrowingContinuation { next in dropOutbox(ids) { next.resume(with: $0.mapError { $0 as any Error }) } }
  }

  /// The words of a message's statuses as they were told, in order.
  func told(_ id: String) throws -> [String] {
    try all().filter {
      $0.kind == "message.status" && $0.json["status"]?["applied"]?.bool == true && $0.json["message"]?["id"]?.string == id
    }
    .compactMap { $0.json["status"]?["status"]?.string }
  }

  /// The messages of a conversation, newest first.
  func texts(_ conversation: String) throws -> [JSONValue] {
    try (messages(conversation: conversation, tenant: "demo", limit: 50) ?? []).compactMap { try? JSONValue(parsing: $0.body) }
  }

  struct NotAccepted: Error {}
}
