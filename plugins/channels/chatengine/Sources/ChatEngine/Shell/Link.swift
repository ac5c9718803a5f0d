import HubPluginSDK
import OrderedJSON
import Synchronization

/// One workspace and its connection. It takes what happens to the machines, and does what they decide.
final class Link: Sendable {
  struct State {
    var workspace: Workspace
    var subscriptions: Subscriptions
    var typing = OwnTyping()
    var isJoined = false
    /// Typing that is to be said in this session.
    var notices: [OwnTyping.Notice] = []
    /// Whether a thread is at saying things: one at a time, so that the server hears them in order.
    var isSaying = false
    /// When what the host had no room for is tried again.
    var retryAt: UInt64?
    /// The earliest timer that is set.
    var armed: UInt64?
    /// Whether changes of contacts are waited for, to be written together.
    var isGathering = false
    /// Whether the last change of contacts could not be written.
    var isForgetful = false

    /// The server named a conversation. Where all are wanted, it is one of them after the next restart too.
    ///
    /// - Returns: the conversation that is not subscribed any more.
    mutating func name(_ conversation: String, at wallMs: Int64) -> String? {
      if subscriptions.policy == .all { workspace.contacts.note(conversation, at: wallMs) }
      return subscriptions.named(conversation)
    }

    var deadline: UInt64? { [workspace.deadline, subscriptions.deadline, typing.deadline, retryAt].compactMap { $0 }.min() }
  }

  static let namespace = "/"
  /// How long the host gets to make room, in milliseconds.
  private static let pause: UInt64 = 100

  let account: Configuration.Account
  let upstream: UInt32
  let services: HubServices
  let counters: Counters
  let state: Mutex<State>

  init(_ account: Configuration.Account, upstream: UInt32, _ configuration: Configuration, services: HubServices, counters: Counters) {
    (self.account, self.upstream, self.services, self.counters) = (account, upstream, services, counters)
    state = Mutex(
      State(
        workspace: Workspace(id: account.workspace, ownSenders: account.ownSenders, ownUser: account.user),
        subscriptions: Subscriptions(configuration.policy(of: account), limit: configuration.limit)))
  }

  // MARK: The connection

  /// A session begins.
  func joined() {
    state.withLock { state in
      state.isJoined = true
      state.subscriptions.joined()
    }
    // A rotated token may be somebody else's.
    if account.user == nil {
      services.secret(account.token) { [self] result in
        guard let subject = (try? result.get()).flatMap({ TokenSubject.of($0) }) else { return }
        state.withLock { $0.workspace.ownUser = subject }
      }
    }
    proceed()
  }

  /// The session is over.
  func left() {
    state.withLock { state in
      state.isJoined = false
      state.subscriptions.left()
      state.typing.left()
      (state.notices, state.retryAt) = ([], nil)
    }
  }

  /// The server said something; what becomes of it.
  func read(_ name: String, _ arguments: [JSONValue]) -> Parsed {
    let moment = Self.now()
    let (parsed, evicted) = state.withLock { state in
      let parsed = state.workspace.read(name, arguments, at: moment)
      return (parsed, parsed.conversations.count { state.name($0, at: moment.wallMs) != nil })
    }
    counters.drop(.evictedSubscription, evicted)
    gatherContacts()
    proceed()
    return parsed
  }

  // MARK: Our side

  /// So many look at a conversation now.
  func look(at conversation: String, count: Int) {
    let evicted = state.withLock { $0.subscriptions.look(at: conversation, count: count, clock: HubClock.monotonic()) }
    if evicted != nil { counters.drop(.evictedSubscription) }
    proceed()
  }

  /// A conversation is wanted for a while, whoever looks at it.
  func visit(_ conversation: String) {
    let evicted = state.withLock { $0.subscriptions.visit(conversation, clock: HubClock.monotonic()) }
    if evicted != nil { counters.drop(.evictedSubscription) }
    proceed()
  }

  /// Somebody of ours types, or has stopped.
  func type(in conversation: String, isTyping: Bool) {
    let isTold = state.withLock { state in
      guard state.isJoined else { return false }
      state.notices += state.typing.notice(conversation, isTyping: isTyping, clock: HubClock.monotonic())
      return true
    }
    if isTold == false { counters.drop(.offlineTyping) }
    proceed()
  }

  // MARK: Saying and waiting

  private func proceed() {
    say()
    counters.subscribed(state.withLock { $0.subscriptions.count }, in: account.workspace)
    arm()
  }

  private enum Words {
    case typing(OwnTyping.Notice)
    case step(Subscriptions.Step)
  }

  private func say() {
    guard
      state.withLock({ state in
        defer { state.isSaying = true }
        return state.isSaying == false
      })
    else { return }
    while let words = state.withLock({ Self.next(&$0) }) {
      do {
        try say(words)
      } catch {
        if give(back: words, error) { return }
      }
    }
  }

  /// What to say next. Without it the thread has ended its saying.
  private static func next(_ state: inout State) -> Words? {
    if state.isJoined, state.retryAt == nil {
      if state.notices.isEmpty == false { return .typing(state.notices.removeFirst()) }
      if let step = state.subscriptions.next() { return .step(step) }
    }
    state.isSaying = false
    return nil
  }

  private func say(_ words: Words) throws(HubError) {
    let (event, argument): (String, JSONValue) =
      switch words {
      case .typing(let notice):
        ("typing", ["conversationId": .string(notice.conversation), "isTyping": .bool(notice.isTyping)])
      case .step(.subscribe(let conversation)): ("subscribe:conversation", .string(conversation))
      case .step(.unsubscribe(let conversation)): ("unsubscribe:conversation", .string(conversation))
      }
    try services.send(upstream: upstream, namespace: Self.namespace, event, arguments: JSONValue.array([argument]).serialized())
    counters.said(event)
  }

  /// What was not said. Typing is let be; a step comes again when the host has room, and with the next session anyway.
  ///
  /// - Returns: whether this thread has ended its saying.
  private func give(back words: Words, _ error: HubError) -> Bool {
    guard case .step(let step) = words else {
      counters.drop(.offlineTyping)
      return false
    }
    state.withLock { state in
      state.subscriptions.failed(step)
      if state.isJoined { state.retryAt = HubClock.monotonic() + Self.pause }
      state.isSaying = false
    }
    return true
  }

  /// One timer serves all: it is set for the first end and, when it fires, for the next.
  private func arm() {
    let due = state.withLock { state -> UInt64? in
      guard let deadline = state.deadline, deadline < state.armed ?? .max else { return nil }
      state.armed = deadline
      return deadline
    }
    guard let due else { return }
    let now = HubClock.monotonic()
    do throws(HubError) {
      try services.later(milliseconds: due > now ? due - now : 0) { [weak self] in self?.pass(due: due) }
    } catch {
      state.withLock { if $0.armed == due { $0.armed = nil } }
    }
  }

  /// Takes events that time alone leads to.
  private let lapsed = Mutex<(@Sendable (Parsed) -> Void)?>(nil)

  /// Where events go that time alone leads to.
  func onLapse(_ take: @escaping @Sendable (Parsed) -> Void) { lapsed.withLock { $0 = take } }

  private func pass(due: UInt64) {
    // A timer that fires a little early by this clock is on time.
    let moment = Moment(wallMs: HubClock.wall(), clock: max(HubClock.monotonic(), due))
    let parsed = state.withLock { state in
      if state.armed == due { state.armed = nil }
      if let retryAt = state.retryAt, retryAt <= moment.clock { state.retryAt = nil }
      state.subscriptions.pass(to: moment.clock)
      state.notices += state.typing.pass(to: moment.clock)
      return state.workspace.pass(to: moment)
    }
    if parsed != Parsed() { lapsed.withLock { $0 }?(parsed) }
    proceed()
  }

  private static func now() -> Moment { Moment(wallMs: HubClock.wall(), clock: HubClock.monotonic()) }
}
