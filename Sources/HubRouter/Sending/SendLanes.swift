/// Decides which message goes to its provider next. Pure: it is told what is to be sent, what became of each attempt and what time it is,
/// and says which attempts to begin and when to look again.
///
/// - Messages of one lane, that is of one conversation of an account, begin one after the other, in the order of their numbers, each when
///   the one before it is settled. One that is to be tried again holds up its lane and nothing else.
/// - So many are in flight at a time, for each account and in total, and an account begins no more a second than its rate. Accounts that
///   have something to send take turns.
/// - An account whose provider asks for a pause waits as a whole. One that cannot send at all is tried with a single message after a long
///   pause, or when it is said to be up again.
public struct SendLanes: Sendable {
  /// An account of a channel.
  public struct Account: Sendable, Hashable {
    /// The adapter's id in hub.yaml.
    public let channel: String
    /// The number or instance at the provider.
    public let account: String

    /// An account.
    public init(channel: String, account: String) { (self.channel, self.account) = (channel, account) }
  }

  /// What waits for what.
  public struct Lane: Sendable, Hashable {
    /// Where it is sent from.
    public let account: Account
    /// The conversation's number.
    public let conversation: Int64

    /// A lane.
    public init(_ account: Account, conversation: Int64) { (self.account, self.conversation) = (account, conversation) }
  }

  /// An attempt to begin now.
  public struct Start: Sendable, Hashable {
    /// The message.
    public let number: Int64
    /// 1 for the first.
    public let attempt: Int
  }

  /// What became of an attempt.
  public enum Outcome: Sendable, Hashable {
    /// There is nothing more to do for the message.
    case settled
    /// It is tried again after that time; with `wholeAccount` everything of the account waits so long.
    case again(after: Duration, wholeAccount: Bool)
    /// The account cannot send; it is tried again after that time.
    case down(for: Duration)
    /// Nothing was attempted: the same attempt begins after that time.
    case postponed(for: Duration)
  }

  /// How much at a time.
  public struct Limits: Sendable, Hashable {
    /// Attempts in flight of one account.
    public var perAccount = 32
    /// Attempts in flight of all.
    public var total = 512

    /// The defaults.
    public init() {}
  }

  private struct Item {
    var lane: Lane
    var attempts: Int
    var isInFlight = false
    var notBefore: Duration?
  }

  /// Unsettled messages that are known.
  public var count: Int { items.count }
  /// Attempts that were begun and have no outcome.
  public private(set) var inFlight = 0

  private let limits: Limits
  private let backoff, downBackoff: Backoff
  private var items: [Int64: Item] = [:]
  /// The numbers of each lane, ascending behind what is in flight; only the first begins, and where lanes became one several may have.
  private var lanes: [Lane: [Int64]] = [:]
  private var accounts: [Account: AccountLanes] = [:]
  /// Accounts in the order of their turns.
  private var turns: [Account] = []
  private var suspended: Set<String> = []
  private var isStopped = false

  /// Lanes with nothing in them.
  public init(limits: Limits = Limits(), backoff: Backoff = .sending, downBackoff: Backoff = .downAccount) {
    (self.limits, self.backoff, self.downBackoff) = (limits, backoff, downBackoff)
  }

  /// How many messages an account may begin a second; 0: any number.
  public mutating func limit(_ account: Account, perSecond rate: Double, now: Duration) {
    know(account)
    accounts[account]?.bucket = SendBucket(perSecond: rate, now: now)
  }

  /// How long a message waits that is to be tried again.
  ///
  /// - Parameters:
  ///   - provider: the least wait, where the provider asked for one; none at all is no wish to be asked again at once.
  ///   - random: a uniform number, 0…1.
  public func wait(of start: Start, provider: Duration?, random: Double) -> Duration {
    guard let provider, provider > .zero else { return backoff.delay(attempt: start.attempt, random: random) }
    // Later rather than sooner, and not all at once.
    return provider * (1 + 0.1 * random)
  }

  /// How long the account of a message is left alone that cannot send.
  public func downtime(of start: Start, random: Double) -> Duration {
    let downs = items[start.number].flatMap { accounts[$0.lane.account]?.downs } ?? 0
    return downBackoff.delay(attempt: downs + 1, random: random)
  }

  /// A message is to be sent, or to be sent at once that is known already.
  public mutating func offer(_ number: Int64, lane: Lane, attempts: Int = 0, notBefore: Duration? = nil, now: Duration) -> [Start] {
    know(lane.account)
    if let known = items[number] {
      guard !known.isInFlight else { return [] }
      items[number]?.notBefore = notBefore
      queue(known.lane, now: now)
    } else {
      items[number] = Item(lane: lane, attempts: attempts, notBefore: notBefore)
      insert(number, into: lane)
      queue(lane, now: now)
    }
    return begin(now: now)
  }

  /// A conversation turned out to be part of another: what is to be sent in either is one lane from now on. What is in flight in both stays
  /// so; nothing else begins before all of it is settled.
  public mutating func merge(_ conversation: Int64, into other: Int64, now: Duration) -> [Start] {
    for lane in lanes.keys.filter({ $0.conversation == conversation }) {
      let kept = Lane(lane.account, conversation: other)
      let moved = lanes.removeValue(forKey: lane) ?? []
      for number in moved { items[number]?.lane = kept }
      accounts[lane.account]?.rest(lane)
      let line = (lanes[kept] ?? []) + moved
      let (begun, waiting) = (line.filter { items[$0]?.isInFlight == true }, line.filter { items[$0]?.isInFlight != true })
      lanes[kept] = begun.sorted() + waiting.sorted()
      queue(kept, now: now)
    }
    return begin(now: now)
  }

  /// A message that is not in flight is not to be sent any more; false when it is.
  public mutating func remove(_ number: Int64, now: Duration) -> Bool {
    guard let item = items[number] else { return true }
    guard !item.isInFlight else { return false }
    settle(number, item, now: now)
    return true
  }

  /// An attempt has its outcome. One that is not under way changes nothing.
  public mutating func complete(_ start: Start, _ outcome: Outcome, now: Duration) -> [Start] {
    guard let item = items[start.number], item.isInFlight, item.attempts + 1 == start.attempt else { return [] }
    let account = item.lane.account
    inFlight -= 1
    accounts[account]?.inFlight -= 1
    items[start.number]?.isInFlight = false
    if outcome != .settled {
      // Where lanes became one, something older may wait in it, or be in flight beside it.
      lanes[item.lane]?.removeAll { $0 == start.number }
      insert(start.number, into: item.lane)
    }
    if case .down(let pause) = outcome {
      accounts[account]?.goDown(until: now + pause, now: now)
    } else if case .postponed = outcome {
      accounts[account]?.giveBack(now: now)
    } else {
      accounts[account]?.comeUp()
    }
    switch outcome {
    case .settled: settle(start.number, item, now: now)
    case .again(let pause, let wholeAccount):
      items[start.number]?.attempts += 1
      items[start.number]?.notBefore = now + pause
      if wholeAccount { accounts[account]?.pause(until: now + pause) }
      queue(item.lane, now: now)
    case .down:
      items[start.number]?.attempts += 1
      queue(item.lane, now: now)
    case .postponed(let pause):
      accounts[account]?.pause(until: now + pause)
      queue(item.lane, now: now)
    }
    return begin(now: now)
  }

  /// Time went on.
  public mutating func tick(now: Duration) -> [Start] {
    for state in accounts.values {
      for lane in state.due(now: now) { queue(lane, now: now) }
    }
    return begin(now: now)
  }

  /// When `tick` has something to do; nil when nothing waits for time.
  public func nextWake(now: Duration) -> Duration? {
    // At the limit only an outcome lets anything begin.
    if isStopped || inFlight >= limits.total { return nil }
    return accounts.lazy.filter { !suspended.contains($0.key.channel) }.compactMap { $0.value.nextWake(now: now, limit: limits.perAccount) }
      .min()
  }

  /// Begins nothing of a channel until `resume`.
  public mutating func suspend(_ channel: String) { suspended.insert(channel) }

  /// Ends `suspend`.
  public mutating func resume(_ channel: String, now: Duration) -> [Start] {
    suspended.remove(channel)
    return begin(now: now)
  }

  /// Accounts of a channel, or one of them, are said to be able to send.
  public mutating func comeUp(_ channel: String, account: String? = nil, now: Duration) -> [Start] {
    for known in accounts.keys where known.channel == channel && (account == nil || known.account == account) { accounts[known]?.comeUp() }
    return begin(now: now)
  }

  /// Whether anything of an account was ever offered or limited.
  public func isKnown(_ account: Account) -> Bool { accounts[account] != nil }

  /// The accounts of a channel that are known.
  public func accounts(of channel: String) -> [Account] { accounts.keys.filter { $0.channel == channel } }

  /// Whether an account is left alone because it cannot send.
  public func isDown(_ account: Account) -> Bool { accounts[account].map { $0.downs > 0 } ?? false }

  /// Whether any account is.
  public var hasDown: Bool { accounts.values.contains { $0.downs > 0 } }

  /// Begins nothing any more.
  public mutating func stop() { isStopped = true }

  // MARK: Inside

  private mutating func know(_ account: Account) {
    guard accounts[account] == nil else { return }
    accounts[account] = AccountLanes()
    turns.append(account)
  }

  private mutating func insert(_ number: Int64, into lane: Lane) {
    var line = lanes[lane] ?? []
    // Nearly always the newest; one that comes back goes to its place, but not before one in flight.
    var place = line.count
    while place > 0, line[place - 1] > number, items[line[place - 1]]?.isInFlight != true { place -= 1 }
    line.insert(number, at: place)
    lanes[lane] = line
  }

  private mutating func settle(_ number: Int64, _ item: Item, now: Duration) {
    items[number] = nil
    lanes[item.lane]?.removeAll { $0 == number }
    if lanes[item.lane]?.isEmpty == true { lanes[item.lane] = nil }
    queue(item.lane, now: now)
  }

  /// Puts a lane where it belongs: ready when its head may begin, or waiting for the time of it.
  private mutating func queue(_ lane: Lane, now: Duration) {
    guard let head = lanes[lane]?.first, let item = items[head], !item.isInFlight else {
      accounts[lane.account]?.rest(lane)
      return
    }
    if let notBefore = item.notBefore, notBefore > now {
      accounts[lane.account]?.wait(lane, until: notBefore)
    } else {
      accounts[lane.account]?.beReady(lane)
    }
  }

  /// One message of each account in turn, as long as something may begin.
  private mutating func begin(now: Duration) -> [Start] {
    guard !isStopped else { return [] }
    var starts: [Start] = []
    var idle = 0
    while inFlight < limits.total, idle < turns.count {
      let account = turns.removeFirst()
      turns.append(account)
      idle += 1
      guard !suspended.contains(account.channel), let lane = accounts[account]?.next(now: now, limit: limits.perAccount),
        let number = lanes[lane]?.first, let item = items[number], !item.isInFlight
      else { continue }
      items[number]?.isInFlight = true
      items[number]?.notBefore = nil
      accounts[account]?.inFlight += 1
      inFlight += 1
      starts.append(Start(number: number, attempt: item.attempts + 1))
      idle = 0
    }
    return starts
  }
}

extension Backoff {
  /// What a message is tried again with: 1 s growing to 5 minutes.
  public static let sending = Backoff(initial: .seconds(1), maximum: .seconds(300))

  /// How long an account is left alone that cannot send: 2 minutes growing to 30, never less than one.
  public static let downAccount = Backoff(initial: .seconds(120), maximum: .seconds(1800))
}
