import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization

@testable import ChatEngine

/// The channel in a host in memory, and what a ChatEngine server says.
enum TestServer {
  /// Made out to `usr_hub`.
  static let token = "e30.eyJzdWIiOiJ1c3JfaHViIn0.x"

  static func host(_ change: (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.secrets = ["secret://norte": token, "secret://sul": "opaque"] }
    var config: JSONObject = [
      "url": "https://chat.example/", "subscribe": "onDemand",
      "accounts": ["ws_norte": ["token": "secret://norte"], "ws_sul": ["token": "secret://sul"]],
    ]
    change(&config)
    try host.load(ChatEngineChannel.self, as: "crm", config: .object(config))
    try await host.start()
    return host
  }

  /// A host whose first workspace is joined.
  static func joined(_ change: (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    let host = try await host(change)
    host.change(.connected)
    host.change(.joined(namespace: "/"))
    return host
  }

  static func message(_ id: String, _ more: JSONObject = [:]) -> JSONValue {
    var message: JSONObject = [
      "id": .string(id), "workspaceId": "ws_norte", "conversationId": "conv_1", "senderId": "ctc_1", "type": "text", "content": "oi",
      "status": "delivered", "createdAt": "2026-01-05T12:00:00.000Z",
    ]
    for member in more { message[member.key] = member.value }
    return .object(message)
  }
}

extension FakeHost {
  /// What was said to a workspace's server: event and argument.
  func said(upstream: UInt32 = 1) -> [String] {
    state.withLock { $0.upstreamEmits }.filter { $0.upstream == upstream }.map { "\($0.name) \($0.arguments[0] ?? .null)" }
  }

  /// How many look at a conversation of the first workspace now.
  func interest(_ count: Int, in conversation: String) async { await interest(count, in: conversation, account: "ws_norte") }

  /// Somebody of ours types in a conversation of the first workspace.
  func typing(_ isOn: Bool, in conversation: String) async { await typing(isOn, in: conversation, account: "ws_norte") }
}
