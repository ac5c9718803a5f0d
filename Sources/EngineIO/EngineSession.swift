/// One Engine.IO session as a machine: what happened goes in, what to do comes out. It holds no bytes; the shell keeps the
/// outbound buffer and says whether it is empty. Times are milliseconds of a clock that does not go back.
///
/// Sources: socketio/engine.io-protocol; where it is silent, the reference server.
public struct EngineSession: Sendable {
  enum State: Sendable {
    case polling(Polling)
    /// A WebSocket is being tried; the session's packets still leave by polling.
    case upgrading(Polling, probed: Bool, until: Int64)
    case webSocket
    /// Closed by the server while no poll was pending: the next one is told.
    case farewell(until: Int64)
    case closed(CloseReason)
  }

  struct Polling: Sendable {
    var isWaiting = false
    var isPosting = false
  }

  let timing: SessionTiming
  /// Whether a WebSocket may take over from polling.
  public let allowsUpgrade: Bool
  var state: State
  var heartbeat: Heartbeat

  /// A session that was just opened.
  public init(transport: TransportKind, allowsUpgrade: Bool = true, timing: SessionTiming, now: Int64) {
    self.timing = timing
    self.allowsUpgrade = allowsUpgrade
    state = transport == .polling ? .polling(Polling()) : .webSocket
    heartbeat = Heartbeat(now: now, timing: timing)
  }

  /// Why the session ended; nil while it lives. A session in farewell has ended for the layer above.
  public var closeReason: CloseReason? {
    switch state {
    case .closed(let reason): reason
    case .farewell: .server
    default: nil
    }
  }

  /// Whether nothing more can happen to it, so that its id may be forgotten.
  public var isForgotten: Bool {
    if case .closed = state { true } else { false }
  }

  /// The transport that packets leave by.
  public var transport: TransportKind {
    if case .webSocket = state { .webSocket } else { .polling }
  }

  /// Whether a poll is waiting for something to be sent.
  public var isPolled: Bool { polling?.isWaiting ?? false }

  /// Whether a post is under way.
  public var isPosting: Bool { polling?.isPosting ?? false }

  /// Whether a ping has not been answered yet.
  public var isAwaitingPong: Bool { heartbeat.phase == .awaitingPong }

  /// Whether a WebSocket has been told that it may take over: from then on the client holds its polls back, until it has moved.
  public var isMoving: Bool {
    if case .upgrading(_, probed: true, _) = state { true } else { false }
  }

  var polling: Polling? {
    get {
      switch state {
      case .polling(let polling), .upgrading(let polling, _, _): polling
      default: nil
      }
    }
    set {
      guard let newValue else { return }
      switch state {
      case .polling: state = .polling(newValue)
      case .upgrading(_, let probed, let until): state = .upgrading(newValue, probed: probed, until: until)
      default: break
      }
    }
  }
}
