public import NIOCore

/// Takes the body of a request piece by piece, in place of its being collected. Called on the connection's event loop, where it must not
/// block. One that goes away without its end was given up.
public protocol HTTPBodyReceiver: AnyObject, Sendable {
  /// A piece came. While futures are open nothing more is read from the connection; one that fails is the receiver's to remember.
  func take(_ bytes: ByteBuffer) -> EventLoopFuture<Void>?
}

/// What a route makes of a request whose body is about to arrive.
public enum HTTPBodyDecision: Sendable {
  /// The body goes here, and the receiver comes with the request (`HTTPRequest.receiver`).
  case take(any HTTPBodyReceiver)
  /// Nobody wants the body.
  case refuse(HTTPResponse)
}
