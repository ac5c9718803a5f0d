public import ServiceLifecycle

/// Feeds the manager's watchdog as long as the hub answers; when it no longer does, the manager restarts it.
public struct WatchdogService: Service {
  private let notifier: SystemdNotifier
  private let isAlive: @Sendable () async -> Bool

  /// A service that asks `isAlive` at half the manager's interval; a question that hangs is a no.
  public init(notifier: SystemdNotifier, isAlive: @escaping @Sendable () async -> Bool) {
    self.notifier = notifier
    self.isAlive = isAlive
  }

  /// Runs until graceful shutdown; without a watchdog it only waits.
  public func run() async {
    guard let interval = notifier.watchdogInterval else {
      // A service that returns would end the group.
      try? await gracefulShutdown()
      return
    }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        if await isAlive() { notifier.notify(.watchdog) }
        try? await Task.sleep(for: interval / 2)
      }
    }
  }
}
