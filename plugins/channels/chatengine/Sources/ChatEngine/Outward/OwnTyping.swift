/// What our side types, as the server is told. Pure. Typing is never kept: what cannot be said now is not said later.
struct OwnTyping: Sendable {
  /// Something to say to the server.
  struct Notice: Sendable, Hashable {
    let conversation: String
    let isTyping: Bool
  }

  /// Typing ends so many milliseconds after it was said last.
  static let lapse: UInt64 = 3000
  /// How often the server is told that somebody still types, in milliseconds.
  static let interval: UInt64 = 1000

  private struct State: Sendable {
    var due: UInt64
    var toldAt: UInt64
  }

  private var typing = BoundedMap<String, State>(limit: 10_000)

  /// Somebody types, or has stopped; what to say.
  mutating func notice(_ conversation: String, isTyping: Bool, clock: UInt64) -> [Notice] {
    guard isTyping else {
      return typing.remove(conversation) == nil ? [] : [Notice(conversation: conversation, isTyping: false)]
    }
    let toldAt = typing[conversation]?.toldAt
    let isNews = toldAt.map { clock >= $0 + Self.interval } ?? true
    let state = State(due: clock + Self.lapse, toldAt: isNews ? clock : toldAt ?? clock)
    let evicted = typing.use(conversation, state)
    return (evicted.map { [Notice(conversation: $0, isTyping: false)] } ?? [])
      + (isNews ? [Notice(conversation: conversation, isTyping: true)] : [])
  }

  /// Ends what was not said again.
  mutating func pass(to clock: UInt64) -> [Notice] {
    var notices: [Notice] = []
    while let (conversation, state) = typing.first, state.due <= clock {
      typing.remove(conversation)
      notices.append(Notice(conversation: conversation, isTyping: false))
    }
    return notices
  }

  /// When `pass` has something to do next.
  var deadline: UInt64? { typing.first?.value.due }

  /// The session is over, and with it what it was told.
  mutating func left() { typing = BoundedMap(limit: typing.limit) }
}
