import ServiceLifecycle

/// Says once that everything is up: when the admin listener, the last part to start, listens. By then signals are handled.
struct Announcement: Service {
  private let up: AsyncStream<Void>
  private let done: AsyncStream<Void>.Continuation
  private let announce: @Sendable () -> Void

  init(_ announce: @escaping @Sendable () -> Void) {
    (up, done) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    self.announce = announce
  }

  var trigger: @Sendable () -> Void { { [done] in done.yield() } }

  func run() async {
    await cancelWhenGracefulShutdown {
      for await _ in up { announce() }
    }
  }
}
