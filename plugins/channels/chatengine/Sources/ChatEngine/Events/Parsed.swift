/// What became of something that the server said, or of time that passed.
struct Parsed: Sendable, Hashable {
  /// The events, in order.
  var events: [ChannelEvent] = []
  /// How many items gave no event, by reason.
  private(set) var drops: [DropReason: Int] = [:]
  /// Names that this version does not know.
  private(set) var unfamiliar: [Unfamiliar] = []
  /// Conversations that were named as such, each as often as it was.
  var conversations: [String] = []
  /// What the server said of a failure of its own.
  var serverError: String?

  private var strayCount = 0

  /// How many items without sense are kept of one event.
  static let strayLimit = 1000

  mutating func drop(_ reason: DropReason, _ count: Int = 1) { drops[reason, default: 0] += count }

  mutating func note(_ name: Unfamiliar) {
    if unfamiliar.contains(name) == false { unfamiliar.append(name) }
  }

  /// Keeps an item that cannot be understood. An event of nothing but such items must not become millions of rows.
  mutating func keep(stray event: @autoclosure () -> ChannelEvent) {
    guard strayCount < Self.strayLimit else { return drop(.malformedItem) }
    strayCount += 1
    events.append(event())
  }
}

/// Why an item gave no event.
enum DropReason: String, Sendable, Hashable, CaseIterable {
  /// The event's arguments are no JSON that can be read, or hold more values than are looked at.
  case malformedEvent = "malformed_event"
  /// An item that is no object, or lacks what its event calls for.
  case malformedItem = "malformed_item"
  /// Of another workspace than the connection's.
  case foreignWorkspace = "foreign_workspace"
  /// A message that is known as it is.
  case repeatedMessage = "repeated_message"
  /// A message older than what is known of it.
  case staleMessage = "stale_message"
  /// A conversation that is known as it is.
  case repeatedConversation = "repeated_conversation"
  /// A conversation older than what is known of it.
  case staleConversation = "stale_conversation"
  /// A status whose message did not come in time. The journal may still know the message, so it is told without its conversation.
  case unroutableStatus = "unroutable_status"
  /// Typing of the hub's own user, echoed.
  case ownTyping = "own_typing"
  /// Typing towards the provider while the workspace is not joined.
  case offlineTyping = "offline_typing"
  /// A conversation that was subscribed gave way to another.
  case evictedSubscription = "evicted_subscription"
  /// A report of the server's own failure; it is logged.
  case serverError = "server_error"
}

/// A name that this version does not know.
enum Unfamiliar: Sendable, Hashable {
  case event(String)
  case type(String)
  case status(String)

  /// The sort of name, for a label and a log field.
  var what: String {
    switch self {
    case .event: "event"
    case .type: "type"
    case .status: "status"
    }
  }

  /// The name itself, cut to what a log line should hold.
  var name: String {
    switch self {
    case .event(let name), .type(let name), .status(let name): String(name.prefix(64))
    }
  }
}
