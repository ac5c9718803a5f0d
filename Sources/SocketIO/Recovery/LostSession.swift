/// A socket whose connection was lost, as far as it can be restored.
public struct LostSession: Sendable, Hashable {
  /// The socket's public id.
  public var socket: String
  /// The caller's number of the namespace.
  public var namespace: Int
  /// The rooms it was in.
  public var rooms: Set<String>
  /// Whose it is, in words of the application: nobody else gets it.
  public var owner: String
  /// When it can no longer be resumed, in milliseconds.
  public var deadline: Int64

  /// A session.
  public init(socket: String, namespace: Int, rooms: Set<String>, owner: String, deadline: Int64) {
    self.socket = socket
    self.namespace = namespace
    self.rooms = rooms
    self.owner = owner
    self.deadline = deadline
  }

  /// Every socket is in the room of its own id.
  func isIn(_ room: String) -> Bool { room == socket || rooms.contains(room) }
}

/// The sessions that may be resumed, by their private ids. Each is taken once.
public struct LostSessions: Sendable {
  private let limit: Int
  private var sessions: [String: LostSession] = [:]
  /// Oldest first; some may be taken by now.
  private var order: [(privateID: String, deadline: Int64)] = []
  private var gone = 0
  /// How many were dropped for want of room.
  public private(set) var dropped = 0

  /// Room for this many.
  public init(limit: Int) { self.limit = limit }

  /// How many there are.
  public var count: Int { sessions.count }

  /// A connection was lost.
  public mutating func keep(_ session: LostSession, under privateID: String, now: Int64) {
    expire(now: now)
    guard limit > 0 else {
      dropped += 1
      return
    }
    sessions[privateID] = session
    order.append((privateID, session.deadline))
    while sessions.count > limit, gone < order.count {
      if removeFirst() { dropped += 1 }
    }
  }

  /// A client asks for its session. Nil when there is none, it was of another namespace, or its time is over.
  public mutating func take(_ privateID: String, namespace: Int, now: Int64) -> LostSession? {
    guard let session = sessions[privateID], session.namespace == namespace else { return nil }
    sessions[privateID] = nil
    return session.deadline > now ? session : nil
  }

  /// Lets go of those whose time is over.
  public mutating func expire(now: Int64) {
    while gone < order.count, order[gone].deadline <= now || sessions[order[gone].privateID] == nil { _ = removeFirst() }
  }

  /// True when there was one in this place.
  private mutating func removeFirst() -> Bool {
    let first = order[gone]
    gone += 1
    defer {
      if gone > 32, gone > order.count / 2 {
        order.removeFirst(gone)
        gone = 0
      }
    }
    // One that came and was lost again since then has a later place.
    guard let session = sessions[first.privateID], session.deadline == first.deadline else { return false }
    sessions[first.privateID] = nil
    return true
  }
}
