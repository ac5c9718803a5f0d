import EngineIO
import NIOCore
import WebSocketFrames

/// The end of a session because the server goes down.
extension Session {
  /// Closes the transport, so that the client comes back. One that was told to move holds its polls back by now: were its WebSocket
  /// closed under it, it would hear nothing until its ping timeout. So it moves first, and ``trialEnded()`` closes then.
  func goAway() {
    if engine.isMoving == false { close(.serverShuttingDown, code: CloseCode.goingAway) }
  }

  /// The WebSocket that was tried has become the transport, or never will.
  func trialEnded() {
    if loop.isShuttingDown { goAway() }
  }

  /// Done when the session is over; by force at the deadline.
  func over(by deadline: NIODeadline) -> EventLoopFuture<Void> {
    let over = whenOver ?? loop.eventLoop.makePromise()
    whenOver = over
    let limit = loop.eventLoop.scheduleTask(deadline: deadline) { self.close(.serverShuttingDown, code: CloseCode.goingAway) }
    over.futureResult.whenComplete { _ in limit.cancel() }
    return over.futureResult
  }
}
