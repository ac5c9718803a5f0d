import NIOCore
import WebSocketFrames

extension LoopState {
  /// Ends the loop's sessions, spread over `drain`.
  func shutdown(drain: TimeAmount) -> EventLoopFuture<Void> {
    eventLoop.flatSubmit {
      self.isShuttingDown = true
      let keys = self.sessions.elements.compactMap { $0?.key }
      let promise = self.eventLoop.makePromise(of: Void.self)
      // Steps of ten milliseconds: a crowd that comes back at once would be the next outage.
      let steps = max(1, Int(drain.nanoseconds / 10_000_000))
      self.close(keys[...], perStep: max(1, (keys.count + steps - 1) / steps), promise)
      return promise.futureResult
    }
  }

  private func close(_ keys: ArraySlice<TableKey>, perStep: Int, _ promise: EventLoopPromise<Void>) {
    for key in keys.prefix(perStep) { session(key)?.close(.serverShuttingDown, code: CloseCode.goingAway) }
    let rest = keys.dropFirst(perStep)
    guard rest.isEmpty == false else { return promise.succeed() }
    eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.close(rest, perStep: perStep, promise) }
  }
}
