/// What a client does and when: connections, namespaces, heartbeats and answers. It has no I/O, no clock and no dice: the time in
/// milliseconds and a number evenly distributed in 0..<1 come with each call, and what is to be done comes back, in order.
struct UpstreamMachine: Sendable {
  struct Settings: Sendable {
    var namespaces = ["/"]
    var schedule = ReconnectSchedule()
    var refusedSchedule = ReconnectSchedule(first: 5000, most: 60_000)
    var joinSchedule = ReconnectSchedule()
    var reconnects = true
    var connectTimeout: Int64 = 20_000
    var ackTimeout: Int64 = 30_000
    var maxMessage = 16 << 20
  }

  enum Action: Sendable, Equatable {
    /// Begin the connection with this number.
    case dial(UInt64)
    /// End that connection; nothing about it matters any more.
    case hangUp(UInt64)
    /// Send CONNECT with the credentials of the moment.
    case join(String)
    /// Send a text message and the binary ones that belong to it.
    case send([UInt8], attachments: [[UInt8]])
    /// Take bytes from the network, or leave them there.
    case read(Bool)
    case tell(UpstreamEvent)
    /// An emit has come to its end.
    case answer(UInt64, UpstreamAnswer)
  }

  struct Session: Sendable {
    let number: UInt64
    /// How long the server may say nothing.
    let silence: Int64
    let since: Int64
    /// When to look whether it is still there.
    var check: Int64
  }

  enum Link: Sendable {
    case stopped
    case waiting(until: Int64)
    /// On the way to the open packet.
    case dialing(UInt64, until: Int64)
    case open(Session)
  }

  let settings: Settings
  var link = Link.stopped
  var namespaces: [String: NamespaceState]
  var stream: PacketStream
  var answers = AwaitedAnswers()
  var joins: UInt64 = 0
  /// Since when nothing is read, so that nothing can be heard.
  private(set) var heldSince: Int64?
  private var heard: Int64 = 0
  private var dials: UInt64 = 0
  private var schedule, refusedSchedule: ReconnectSchedule
  private var shown: Int?

  init(_ settings: Settings) {
    self.settings = settings
    schedule = settings.schedule
    refusedSchedule = settings.refusedSchedule
    stream = PacketStream(maxMessage: settings.maxMessage)
    let each = settings.namespaces.map { ($0, NamespaceState(schedule: settings.joinSchedule)) }
    namespaces = Dictionary(each, uniquingKeysWith: { first, _ in first })
  }

  /// When `wake` is to be called next.
  var deadline: Int64? {
    let own: Int64? =
      switch link {
      case .stopped: nil
      case .waiting(let until), .dialing(_, let until): until
      case .open(let session): session.check
      }
    let joining = namespaces.values.lazy.compactMap { $0.deadline(hears: !isHeld) }.min()
    return [own, joining, isHeld ? nil : answers.deadline].compactMap(\.self).min()
  }

  var isHeld: Bool { heldSince != nil }

  // MARK: Connecting

  mutating func start(now: Int64) -> [Action] {
    guard case .stopped = link else { return [] }
    return dial(now: now)
  }

  mutating func stop() -> [Action] {
    defer { link = .stopped }
    switch link {
    case .stopped, .waiting: return []
    case .dialing(let number, _): return [.hangUp(number)]
    case .open(let session):
      let leaving = joinedNamespaces.map { Action.send(Self.leave($0), attachments: []) }
      return leaving + [.hangUp(session.number)] + close() + [.tell(.disconnected(UpstreamEnd(.stopped, "stopped"), retryIn: nil))]
    }
  }

  /// What the attempt shows to the server, by its fingerprint: what was not refused before is refused anew.
  mutating func shows(_ fingerprint: Int) {
    if shown != fingerprint { refusedSchedule.reset() }
    shown = fingerprint
  }

  /// The connection is over, or could not be had.
  mutating func ended(_ number: UInt64, _ end: UpstreamEnd, now: Int64, random: Double) -> [Action] {
    isCurrent(number) ? retry(end, now: now, random: random) : []
  }

  /// Something arrived, be it only a part of a message.
  mutating func heard(_ number: UInt64, now: Int64) { if isCurrent(number) { heard = now } }

  /// Reading pauses or goes on; a connection that isn't open yet is read in any case. The time in which nothing could be heard counts
  /// against nobody.
  mutating func hold(_ isHeld: Bool, now: Int64) -> [Action] {
    guard case .open = link, isHeld != self.isHeld else { return [] }
    guard let since = heldSince else {
      heldSince = now
      return [.read(false)]
    }
    heldSince = nil
    heard = now
    answers.postpone(by: now - since, atMost: now + settings.ackTimeout)
    for name in settings.namespaces { namespaces[name]?.postpone(by: now - since, atMost: now + settings.connectTimeout) }
    return [.read(true)]
  }

  /// Does what is due.
  mutating func wake(now: Int64, random: Double) -> [Action] {
    let late = isHeld ? [] : answers.expire(now: now).map { Action.answer($0, .timeout) }
    switch link {
    case .waiting(let until) where until <= now: return late + dial(now: now)
    case .dialing(_, let until) where until <= now:
      return late + giveUp(UpstreamEnd(.unreachable, "no answer in time"), now: now, random: random)
    case .open(var session):
      if session.check <= now {
        guard isHeld || heard + session.silence > now else {
          return late + giveUp(UpstreamEnd(.silent, "the server fell silent"), now: now, random: random)
        }
        session.check = isHeld ? now + session.silence : heard + session.silence
        link = .open(session)
      }
      return late + wakeNamespaces(now: now, random: random)
    default: return late
    }
  }

  func isCurrent(_ number: UInt64) -> Bool {
    switch link {
    case .stopped, .waiting: false
    case .dialing(let current, _): current == number
    case .open(let session): session.number == number
    }
  }

  private mutating func dial(now: Int64) -> [Action] {
    dials += 1
    link = .dialing(dials, until: now + settings.connectTimeout)
    stream = PacketStream(maxMessage: settings.maxMessage)
    return [.tell(.connecting), .dial(dials)]
  }

  mutating func opened(session: String, silence: Int64, now: Int64) -> [Action] {
    guard case .dialing(let number, _) = link else { return [] }
    heard = now
    refusedSchedule.reset()
    link = .open(Session(number: number, silence: silence, since: now, check: now + silence))
    return [.tell(.connected(session: session))] + settings.namespaces.map { ask($0, now: now) }
  }

  /// A namespace is joined: the server is what it should be.
  mutating func succeeded() { schedule.reset() }

  /// Ends the connection from this side.
  mutating func giveUp(_ end: UpstreamEnd, now: Int64, random: Double) -> [Action] {
    switch link {
    case .stopped, .waiting: []
    case .dialing(let number, _): [.hangUp(number)] + retry(end, now: now, random: random)
    case .open(let session): [.hangUp(session.number)] + retry(end, now: now, random: random)
    }
  }

  private mutating func retry(_ end: UpstreamEnd, now: Int64, random: Double) -> [Action] {
    // One that held for long was a good one, even if the server had no namespace yet.
    if case .open(let session) = link, now - session.since >= settings.schedule.most { schedule.reset() }
    let actions = close()
    guard settings.reconnects else {
      link = .stopped
      return actions + [.tell(.disconnected(end, retryIn: nil))]
    }
    let wait = end.refusesCredentials ? refusedSchedule.next(random: random) : schedule.next(random: random)
    link = .waiting(until: now + wait)
    return actions + [.tell(.disconnected(end, retryIn: wait))]
  }

  private mutating func close() -> [Action] {
    heldSince = nil
    for name in namespaces.keys { namespaces[name]?.reset() }
    return answers.giveUp().map { .answer($0, .disconnected) }
  }
}
