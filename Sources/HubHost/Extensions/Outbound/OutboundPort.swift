public import NIOCore

/// What the host asks of an HTTP client, as one value.
public struct OutboundPort: Sendable {
  /// Begins a request. The receiver is told on a thread that must not be blocked, first of the answer's head, then of its body, then of the
  /// end. What this returns ends the request early; the receiver is told of that end as well.
  public var send: @Sendable (_ request: OutboundRequest, _ receiver: any OutboundReceiver) -> @Sendable () -> Void

  /// A port made of this function.
  public init(send: @escaping @Sendable (OutboundRequest, any OutboundReceiver) -> @Sendable () -> Void) { self.send = send }
}

/// Takes the answer to one request, piece by piece.
public protocol OutboundReceiver: AnyObject, Sendable {
  /// The head came. What it throws ends the request.
  func begin(status: Int, headers: [(String, String)]) throws(OutboundFailure)
  /// A piece of the body came; the next is read once the future is done.
  func take(_ part: ByteBuffer) throws(OutboundFailure) -> EventLoopFuture<Void>?
  /// The answer is complete, or why not. Called once.
  func end(_ failure: OutboundFailure?)
}
