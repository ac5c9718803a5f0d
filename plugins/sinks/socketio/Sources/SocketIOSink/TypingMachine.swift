/// Who is typing where: tells which notices are news, and when silence means "stopped".
///
/// Pure: times are milliseconds of any monotonic clock, given by the caller.
public struct TypingMachine: Sendable {
  /// Typing that isn't renewed ends after this long.
  public static let expiry: UInt64 = 10_000
  /// Renewed typing is told again after this long, so that frontends which hide it by themselves go on showing it.
  public static let renewal: UInt64 = 2_000
  /// Conversations a socket can be typing in at once.
  public static let limit = 8

  /// One socket in one conversation.
  public struct Place: Sendable, Hashable {
    /// The socket's id.
    public let socket: String
    /// The conversation's id.
    public let conversation: String

    /// That socket in that conversation.
    public init(socket: String, conversation: String) {
      self.socket = socket
      self.conversation = conversation
    }
  }

  private struct State {
    var told: UInt64
    var until: UInt64
  }

  private var typing: [Place: State] = [:]
  private var counts: [String: Int] = [:]

  /// Nobody is typing.
  public init() {}

  /// Takes a notice; true when the others are to be told.
  public mutating func notice(_ place: Place, isTyping: Bool, now: UInt64) -> Bool {
    guard isTyping else { return remove(place) }
    if let state = typing[place] {
      let renew = now >= state.told + Self.renewal
      typing[place] = State(told: renew ? now : state.told, until: now + Self.expiry)
      return renew
    }
    guard counts[place.socket, default: 0] < Self.limit else { return false }
    counts[place.socket, default: 0] += 1
    typing[place] = State(told: now, until: now + Self.expiry)
    return true
  }

  /// Ends what nobody renewed, and tells where.
  public mutating func expire(now: UInt64) -> [Place] {
    let silent = typing.filter { $0.value.until <= now }.map(\.key)
    for place in silent { _ = remove(place) }
    return silent
  }

  /// Ends all of a socket's typing, and tells where it was.
  public mutating func gone(_ socket: String) -> [Place] {
    guard counts[socket] != nil else { return [] }
    let places = typing.keys.filter { $0.socket == socket }
    for place in places { _ = remove(place) }
    return places
  }

  /// When ``expire(now:)`` has something to do; nil when nobody is typing. Looks at every entry: for the timer, not for every notice.
  public var deadline: UInt64? { typing.values.map(\.until).min() }

  private mutating func remove(_ place: Place) -> Bool {
    guard typing.removeValue(forKey: place) != nil else { return false }
    let rest = counts[place.socket, default: 1] - 1
    counts[place.socket] = rest > 0 ? rest : nil
    return true
  }
}
