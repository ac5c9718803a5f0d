public import ServiceLifecycle

extension SinkFeed: Service {
  /// Feeds the sink until the process shuts down, then waits up to five seconds for what is under way.
  public func run() async throws {
    start()
    // A cancelled task ends the same way.
    try? await gracefulShutdown()
    await stop(grace: .seconds(5))
  }
}
