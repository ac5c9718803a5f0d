import ServiceLifecycle

/// Says once that everything is up: when the last parts to start, the servers of the admin API, listen. By then signals are handled.
struct Announcement: Service {
  private let up: AsyncStream<Void>
  private let done: AsyncStream<Void>.Continuation
  private let parts: Int
  private let announce: @Sendable () -> Void

  /// - Parameter parts: how often `trigger` has to be called before.
  init(after parts: Int, _ announce: @escaping @Sendable () -> Void) {
    (up, done) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(parts))
    self.parts = parts
    self.announce = announce
  }

  var trigger: @Sendable () -> Void { { [done] in done.yield() } }

  func run() async {
    await cancelWhenGracefulShutdown {
      var count = 0
      for await _ in up {
        count += 1
        if count == parts { announce() }
      }
    }
  }
}
