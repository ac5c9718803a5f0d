import NIOCore

extension LoopState {
  /// Ends the loop's sessions, spread over `drain`.
  func shutdown(drain: TimeAmount) -> EventLoopFuture<Void> {
    eventLoop.flatSubmit {
      self.isShuttingDown = true
      let end = NIODeadline.now() + drain
      let keys = self.sessions.elements.compactMap { $0?.key }
      let promise = self.eventLoop.makePromise(of: Void.self)
      // Steps of ten milliseconds: a crowd that comes back at once would be the next outage.
      let steps = max(1, Int(drain.nanoseconds / 10_000_000))
      self.close(keys[...], perStep: max(1, (keys.count + steps - 1) / steps), promise)
      return promise.futureResult.flatMap {
        // Those who are on the move to a WebSocket.
        let left = keys.compactMap { self.session($0) }.filter { $0.isOver == false }
        return .andAllSucceed(left.map { $0.over(by: end) }, on: self.eventLoop)
      }
    }
  }

  private func close(_ keys: ArraySlice<TableKey>, perStep: Int, _ promise: EventLoopPromise<Void>) {
    for key in keys.prefix(perStep) { session(key)?.goAway() }
    let rest = keys.dropFirst(perStep)
    guard rest.isEmpty == false else { return promise.succeed() }
    eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.close(rest, perStep: perStep, promise) }
  }
}
