/// The sockets of a sink and what each may see of the conversations it asked about. Pure: it decides, the sink acts.
struct Sessions: Sendable {
  /// Conversations a socket can be in, or be known to see, at once.
  static let limit = 500

  /// One connected socket.
  struct Session: Sendable {
    let tenant: String
    let user: String
    let rights: Rights
    fileprivate var places: [String: Place] = [:]
    /// Conversations whose rooms the socket is in by the hub's word, and those where somebody is just changing that.
    fileprivate var rooms: Set<String> = []
    fileprivate var moving: Set<String> = []

    init(tenant: String, user: String, rights: Rights) {
      self.tenant = tenant
      self.user = user
      self.rights = rights
    }
  }

  /// A conversation whose check for a join is under way, one the socket may see, one whose room it wants to be in.
  fileprivate enum Place { case asked, visible, joined }

  /// What to do about a conversation a socket names.
  enum Entry: Sendable, Equatable {
    /// Nothing stands in the way.
    case allowed
    /// Ask the hub whether the socket's tenant has it.
    case ask
    /// No.
    case refused(Refusal)
  }

  /// What brings a socket to where it wants to be.
  enum Step: Sendable, Equatable {
    /// Into the room.
    case `in`
    /// Out of it.
    case out
    /// Another thread is at a step, and looks again after it.
    case underWay
    /// It is there.
    case settled
  }

  private var sockets: [String: Session] = [:]

  /// The socket's session.
  subscript(socket: String) -> Session? { sockets[socket] }

  /// How many sockets there are.
  var count: Int { sockets.count }

  /// A socket that was let in.
  mutating func add(_ socket: String, _ session: Session) { sockets[socket] = session }

  /// A socket that left; its session, when there was one.
  mutating func remove(_ socket: String) -> Session? { sockets.removeValue(forKey: socket) }

  /// A socket wants to be in a conversation's room.
  mutating func enter(_ conversation: String, socket: String) -> Entry {
    let entry = look(at: conversation, socket: socket)
    switch entry {
    case .allowed: sockets[socket]?.places[conversation] = .joined
    case .ask: sockets[socket]?.places[conversation] = .asked
    case .refused: break
    }
    return entry
  }

  /// A socket says something about a conversation without entering it.
  func look(at conversation: String, socket: String) -> Entry {
    guard let session = sockets[socket], session.rights.allow(conversation: conversation) else { return .refused(.forbidden) }
    switch session.places[conversation] {
    case .joined, .visible: return .allowed
    case .asked: return .ask
    case nil: return session.places.count < Self.limit ? .ask : .refused(.rateLimited)
    }
  }

  /// The hub's answer to a socket that wants to enter. It changes nothing for one that has left the conversation or is gone meanwhile.
  mutating func entered(_ conversation: String, socket: String, allowed: Bool) {
    guard case .asked? = sockets[socket]?.places[conversation] else { return }
    sockets[socket]?.places[conversation] = allowed ? .joined : nil
  }

  /// Whether a socket still wants to be in a conversation's room, and may.
  func wants(_ conversation: String, socket: String) -> Bool {
    if case .joined? = sockets[socket]?.places[conversation] { true } else { false }
  }

  /// The hub's answer to a socket that looked: remembered, so that the next time nobody is asked.
  mutating func seen(_ conversation: String, socket: String) {
    guard let session = sockets[socket], session.places[conversation] == nil, session.places.count < Self.limit else { return }
    sockets[socket]?.places[conversation] = .visible
  }

  /// A socket wants to be out of a conversation's room.
  mutating func leave(_ conversation: String, socket: String) { sockets[socket]?.places[conversation] = nil }

  /// The step that brings a socket to where it wants to be. The caller does it and tells ``moved(_:socket:isIn:)``.
  mutating func move(_ conversation: String, socket: String) -> Step {
    guard let session = sockets[socket] else { return .settled }
    if session.moving.contains(conversation) { return .underWay }
    let wanted = wants(conversation, socket: socket)
    guard wanted != session.rooms.contains(conversation) else { return .settled }
    sockets[socket]?.moving.insert(conversation)
    return wanted ? .in : .out
  }

  /// The step was done.
  mutating func moved(_ conversation: String, socket: String, isIn: Bool) {
    sockets[socket]?.moving.remove(conversation)
    if isIn { sockets[socket]?.rooms.insert(conversation) } else { sockets[socket]?.rooms.remove(conversation) }
  }
}
