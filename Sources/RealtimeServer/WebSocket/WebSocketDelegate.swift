/// Who hears what arrives on an upgraded connection. Everything is called on the connection's event loop, and nothing after `closed`.
protocol WebSocketDelegate: AnyObject {
  /// One whole text message, valid UTF-8.
  func received(text: [UInt8], on connection: WebSocketConnection)
  /// One whole binary message.
  func received(binary: [UInt8], on connection: WebSocketConnection)
  /// More or less than the soft limit waits to be sent now: see ``WebSocketConnection/isWritable``.
  func writabilityChanged(on connection: WebSocketConnection)
  /// The connection is gone; called exactly once. The connection lets go of the delegate after it.
  func closed(_ connection: WebSocketConnection, reason: WebSocketClosing)
}

extension WebSocketDelegate {
  func writabilityChanged(on connection: WebSocketConnection) {}
}

/// How a websocket ended.
enum WebSocketClosing: Sendable, Equatable {
  /// The peer sent a close frame (with this code, if any).
  case peer(code: UInt16?)
  /// The connection was lost without a close frame.
  case lost
  /// The peer broke the protocol or a limit; it was told this code.
  case violation(code: UInt16)
  /// Too much was waiting to be sent.
  case slow
  /// `close` or `terminate` was called here.
  case local
}
