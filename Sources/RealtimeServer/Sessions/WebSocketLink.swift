import NIOCore
import Synchronization
import WebSocketFrames

/// A WebSocket as a session sees it, whichever loop it is on. Used on the session's loop only.
protocol WebSocketLink: AnyObject {
  var isWritable: Bool { get }
  /// Sends a message, compressed where that was agreed on.
  func send(_ message: OutboundMessage)
  /// Sends a text message that is for this client alone, compressed where that was agreed on.
  func send(text: [UInt8])
  /// Sends complete frames.
  func send(_ frames: ByteBuffer)
  /// Starts the close handshake.
  func close(code: UInt16?)
}

extension WebSocketConnection: WebSocketLink {
  func send(text: [UInt8]) { send(.text, text) }
}

/// A WebSocket that lives on another loop than its session: a polling session stays where its first request came in, and the
/// WebSocket it moves to may have been accepted elsewhere. Frames of one turn cross together, in order.
final class RemoteLink: WebSocketLink, @unchecked Sendable {  // each member is confined to one loop, as marked
  struct Parcel: Sendable {
    let link: RemoteLink
    let frames: ByteBuffer
    let close: (Bool, code: UInt16?)

    /// On the connection's loop.
    func deliver() {
      link.outbound.subtract(frames.readableBytes, ordering: .relaxed)
      if frames.readableBytes > 0 { link.connection.send(frames) }
      if close.0 { link.connection.close(code: close.code) }
    }
  }

  let eventLoop: any EventLoop
  private let home: LoopState
  // The connection's loop:
  private let connection: WebSocketConnection
  /// The window of messages compressed for many sockets, if this is one of them. A context of its own stays unused: it belongs to
  /// the other loop.
  private let windowBits: Int?
  // The session's loop:
  private weak var session: Session?
  private var frames = ByteBuffer()
  private var isClosing = false
  private var code: UInt16?
  private var isListed = false
  // Both:
  private let canWrite = Atomic<Bool>(true)
  /// Bytes on their way to the session's loop. A connection that is faster than its session has to wait.
  let underWay = Atomic<Int>(0)
  static let maxUnderWay = 1 << 20
  /// Bytes on their way to the connection's loop, whose own limits see them only there. What one turn sends is not among them: that is
  /// bounded as on the connection's own loop.
  let outbound = Atomic<Int>(0)
  static let maxOutbound = 4 << 20
  /// What a message counts beside its bytes: an empty one is work too.
  static let perMessage = 128

  init(_ connection: WebSocketConnection, home: LoopState) {
    self.connection = connection
    self.home = home
    eventLoop = connection.eventLoop
    windowBits = if case .shared(let bits)? = connection.compression { bits } else { nil }
  }

  /// On the session's loop, before anything else there.
  func attach(_ session: Session) { self.session = session }

  var isWritable: Bool { canWrite.load(ordering: .relaxed) }

  func send(_ message: OutboundMessage) {
    guard let windowBits, let packed = message.packed else { return send(message.frames) }
    send(packed.frames(of: message, windowBits: windowBits, home.compressors))
  }

  func send(text: [UInt8]) { send(OutboundMessage(text: text, threshold: home.options.compression?.threshold)) }

  func send(_ frames: ByteBuffer) {
    guard isClosing == false else { return }
    if outbound.load(ordering: .relaxed) > Self.maxOutbound {
      session?.close(.slowConsumer)
      return
    }
    if self.frames.readableBytes == 0 {
      self.frames = frames
    } else {
      self.frames.writeImmutableBuffer(frames)
    }
    list()
  }

  func close(code: UInt16?) {
    isClosing = true
    self.code = code
    list()
  }

  func takeParcel() -> Parcel {
    outbound.add(frames.readableBytes, ordering: .relaxed)
    defer {
      frames = ByteBuffer()
      isListed = false
    }
    return Parcel(link: self, frames: frames, close: (isClosing, code))
  }

  private func list() {
    guard isListed == false else { return }
    isListed = true
    home.forwardAtEndOfTurn(self)
  }
}

extension RemoteLink: WebSocketDelegate {
  func received(text: [UInt8], on connection: WebSocketConnection) {
    pass(text) { $0.receive(text: $1, from: self) }
  }

  func received(binary: [UInt8], on connection: WebSocketConnection) {
    pass(binary) { $0.receive(binary: $1, from: self) }
  }

  private func pass(_ bytes: [UInt8], to receive: @escaping @Sendable (Session, [UInt8]) -> Void) {
    let size = bytes.count + Self.perMessage
    if underWay.add(size, ordering: .relaxed).newValue > Self.maxUnderWay { connection.setReading(false) }
    home.eventLoop.execute { [self] in
      if let session { receive(session, bytes) }
      let (before, left) = underWay.subtract(size, ordering: .relaxed)
      // The stop was asked for on the connection's loop, in the turn that went over: this comes after it.
      if before > Self.maxUnderWay, left <= Self.maxUnderWay { eventLoop.execute { self.connection.setReading(true) } }
    }
  }

  func writabilityChanged(on connection: WebSocketConnection) { canWrite.store(connection.isWritable, ordering: .relaxed) }

  func closed(_ connection: WebSocketConnection, reason: WebSocketClosing) {
    home.eventLoop.execute {
      self.session?.linkClosed(self, reason: reason)
      self.session = nil
    }
  }
}
