import ServiceLifecycle
import Synchronization

/// Ends the group when somebody asks for it over the admin API, as a signal would.
final class StopSwitch: Service {
  private let asked: AsyncStream<Void>
  private let ask: AsyncStream<Void>.Continuation
  private let isAsked = Atomic(false)

  init() { (asked, ask) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1)) }

  var trigger: @Sendable () -> Void {
    { [self] in
      isAsked.store(true, ordering: .relaxed)
      ask.finish()
    }
  }

  var wasAsked: Bool { isAsked.load(ordering: .relaxed) }

  func run() async {
    await cancelWhenGracefulShutdown {
      for await _ in self.asked {}
    }
  }
}
