import OrderedJSON
import Testing

@testable import SocketIOSink

@Suite("Commands")
struct CommandTests {
  @Test(
    "every name of a join with every form of argument names the conversation",
    arguments: ["conversation:join", "join_conversation", "subscribe:conversation"],
    [#""c1""#, #"{"conversationId":"c1"}"#, #"{"conversation_id":"c1"}"#, #"{"id":"c1"}"#] as [String])
  func join(name: String, argument: String) throws {
    #expect(Command(name: name, arguments: try JSONValue(parsing: "[\(argument)]")) == .join("c1"))
  }

  @Test("every name of a leave is one", arguments: ["conversation:leave", "leave_conversation", "unsubscribe:conversation"])
  func leave(name: String) { #expect(Command(name: name, arguments: ["c1"]) == .leave("c1")) }

  @Test("typing comes as one event or as two")
  func typing() {
    #expect(Command(name: "typing", arguments: [["conversationId": "c1", "isTyping": true]]) == .typing("c1", isTyping: true))
    #expect(Command(name: "typing", arguments: ["c1", false]) == .typing("c1", isTyping: false))
    #expect(Command(name: "typing_start", arguments: [["conversation_id": "c1"]]) == .typing("c1", isTyping: true))
    #expect(Command(name: "typing_stop", arguments: ["c1"]) == .typing("c1", isTyping: false))
  }

  @Test("register takes a bare id, an object or nothing", arguments: ["register", "register_user", "registerUser"])
  func register(name: String) {
    #expect(Command(name: name, arguments: ["u1"]) == .register(user: "u1"))
    #expect(Command(name: name, arguments: [["userId": "u1"]]) == .register(user: "u1"))
    #expect(Command(name: name, arguments: []) == .register(user: nil))
  }

  @Test("arguments without sense are malformed, whatever they are")
  func malformed() {
    let long = JSONValue.string(String(repeating: "x", count: 129))
    for arguments: JSONValue in [
      [], [.null], [""], [[:]], [[1, 2]], [true], [["conversationId": ""]], [["conversationId": ["id": "c"]]], [long],
    ] {
      #expect(Command(name: "conversation:join", arguments: arguments) == .malformed, "\(arguments)")
    }
    #expect(Command(name: "typing", arguments: ["c1"]) == .malformed)
    #expect(Command(name: "typing", arguments: [["conversationId": "c1", "isTyping": "yes"]]) == .malformed)
  }

  @Test("health checks and sync are known, other names are not")
  func others() {
    #expect(Command(name: "ping", arguments: []) == .ping)
    #expect(Command(name: "heartbeat", arguments: [["ts": 5]]) == .heartbeat(5))
    #expect(Command(name: "sync_request", arguments: [["type": "sync_request", "userId": "u1"]]) == .sync(user: "u1"))
    #expect(Command(name: "constructor", arguments: []) == .unknown)
  }
}
