import ServiceLifecycle

/// Ends the group when somebody asks for it over the admin listener, as a signal would.
struct StopSwitch: Service {
  private let asked: AsyncStream<Void>
  private let ask: AsyncStream<Void>.Continuation

  init() { (asked, ask) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1)) }

  var trigger: @Sendable () -> Void { { [ask] in ask.finish() } }

  func run() async {
    await cancelWhenGracefulShutdown {
      for await _ in asked {}
    }
  }
}
