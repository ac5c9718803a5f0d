/// Which conversations are subscribed, and what has to be said to the server for that. Pure: the shell asks for the next step, says it, and
/// tells whether it got through. A session is told each conversation once; a new session knows nothing of the old one.
struct Subscriptions: Sendable {
  /// Which conversations are wanted (the contract leaves it open).
  enum Policy: Sendable, Hashable {
    /// Those that somebody looks at, and for a while after.
    case onDemand
    /// Every one that the server names.
    case all
    /// These.
    case list([String])
  }

  /// Something to say to the server.
  enum Step: Sendable, Hashable {
    case subscribe(String)
    case unsubscribe(String)

    var conversation: String {
      switch self {
      case .subscribe(let conversation), .unsubscribe(let conversation): conversation
      }
    }
  }

  /// How long a conversation that nobody looks at any more stays subscribed, in milliseconds.
  static let linger: UInt64 = 60_000
  /// Above so many the one that was used longest ago gives way.
  static let limit = 5000

  let policy: Policy
  private var wanted: BoundedMap<String, Bool>
  /// What is wanted only for a while yet, and until when.
  private var lingering: BoundedMap<String, UInt64>
  /// What this session was told.
  private var told: Set<String> = []
  /// Conversations that may have to be said something about, in order.
  private var open: [String] = []
  private var head = 0
  private var isJoined = false

  init(_ policy: Policy, limit: Int = limit) {
    self.policy = policy
    lingering = BoundedMap(limit: limit)
    guard case .list(let conversations) = policy else {
      wanted = BoundedMap(limit: limit)
      return
    }
    wanted = BoundedMap(limit: max(1, conversations.count))
    for conversation in conversations { wanted.use(conversation, true) }
  }

  /// How many conversations are wanted.
  var count: Int { wanted.count }

  // MARK: What happens

  /// A session begins.
  mutating func joined() {
    isJoined = true
    (told, open, head) = ([], wanted.keys, 0)
  }

  /// The session is over. What is wanted stays so, for the next one.
  mutating func left() {
    isJoined = false
    (told, open, head) = ([], [], 0)
  }

  /// So many look at a conversation now. Each of them counts once with whoever counts them.
  ///
  /// - Returns: the conversation that gave way.
  mutating func look(at conversation: String, count: Int, clock: UInt64) -> String? {
    guard policy == .onDemand else { return nil }
    if count > 0 { return want(conversation) }
    guard wanted[conversation] != nil else { return nil }
    if isJoined {
      lingering.use(conversation, clock + Self.linger)
    } else {
      // There is no session that would have to be told, and the next one need not be.
      forget(conversation)
    }
    return nil
  }

  /// Something is said in a conversation: as if somebody had looked at it a moment ago.
  ///
  /// - Returns: the conversation that gave way.
  mutating func visit(_ conversation: String, clock: UInt64) -> String? {
    // Somebody looks at it, for as long as he does.
    guard policy == .onDemand, wanted[conversation] == nil || lingering[conversation] != nil else { return nil }
    let evicted = want(conversation)
    lingering.use(conversation, clock + Self.linger)
    return evicted
  }

  /// The server named a conversation.
  ///
  /// - Returns: the conversation that gave way.
  mutating func named(_ conversation: String) -> String? { policy == .all ? want(conversation) : nil }

  /// The server named these to an earlier run, the one used longest ago first. As many of the newest are wanted as there is room for:
  /// none was subscribed yet, so none gives way.
  mutating func restore(_ conversations: [String]) {
    guard policy == .all else { return }
    for conversation in conversations.suffix(wanted.limit) { _ = want(conversation) }
  }

  /// Ends what has lingered long enough.
  mutating func pass(to clock: UInt64) {
    while let (conversation, due) = lingering.first, due <= clock { forget(conversation) }
  }

  /// When `pass` has something to do next.
  var deadline: UInt64? { lingering.first?.value }

  // MARK: What to say

  /// What to say next; nil when the session knows what it should.
  mutating func next() -> Step? {
    guard isJoined else { return nil }
    while head < open.count {
      let conversation = open[head]
      head += 1
      let isWanted = wanted[conversation] != nil
      guard isWanted != told.contains(conversation) else { continue }
      if isWanted { told.insert(conversation) } else { told.remove(conversation) }
      return isWanted ? .subscribe(conversation) : .unsubscribe(conversation)
    }
    (open, head) = ([], 0)
    return nil
  }

  /// A step of this session was not said: it comes again.
  mutating func failed(_ step: Step) {
    guard isJoined else { return }
    switch step {
    case .subscribe(let conversation): told.remove(conversation)
    case .unsubscribe(let conversation): told.insert(conversation)
    }
    open.insert(step.conversation, at: head)
  }

  private mutating func want(_ conversation: String) -> String? {
    lingering.remove(conversation)
    // One that nobody looks at any more goes first.
    if wanted[conversation] == nil, wanted.count >= wanted.limit, let (idle, _) = lingering.first { forget(idle) }
    let evicted = wanted.use(conversation, true)
    if let evicted { ask(evicted) }
    ask(conversation)
    return evicted
  }

  private mutating func forget(_ conversation: String) {
    lingering.remove(conversation)
    wanted.remove(conversation)
    ask(conversation)
  }

  private mutating func ask(_ conversation: String) {
    if isJoined { open.append(conversation) }
  }
}
