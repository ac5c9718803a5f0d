import HubPluginSDK
import Synchronization

/// The way of one workspace's events into the journal: in order, one emit at a time, and what comes meanwhile goes together with the next. An
/// event of the server is done once what became of it is synced to disk; until then it holds the connection back, so nothing is lost while
/// the journal cannot write.
final class EmitLane: Sendable {
  private struct Item: Sendable {
    let events: [HubEvent]
    let done: @Sendable (HubError?) -> Void
  }

  private struct State {
    var waiting: [Item] = []
    var isEmitting = false
    var failures = 0
  }

  /// How many events the journal is given at once, but for one of the server's that has more.
  private static let batch = 512

  private let services: HubServices
  private let complain: @Sendable (HubError) -> Void
  private let state = Mutex(State())

  /// - Parameter complain: is called at each failure.
  init(services: HubServices, complain: @escaping @Sendable (HubError) -> Void) {
    (self.services, self.complain) = (services, complain)
  }

  /// Hands over events; `done` is called once when they are in the journal, or with `closed` when they never will be because the adapter ends.
  func add(_ events: [HubEvent], done: @escaping @Sendable (HubError?) -> Void) {
    guard events.isEmpty == false else { return done(nil) }
    let begins = state.withLock { state in
      state.waiting.append(Item(events: events, done: done))
      defer { state.isEmitting = true }
      return state.isEmitting == false
    }
    if begins { emit() }
  }

  private func emit() {
    let items = state.withLock { state -> [Item] in
      var (count, events) = (0, 0)
      while count < state.waiting.count, count == 0 || events + state.waiting[count].events.count <= Self.batch {
        events += state.waiting[count].events.count
        count += 1
      }
      if count == 0 { state.isEmitting = false }
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting.prefix(count))
    }
    guard items.isEmpty == false else { return }
    services.emit(items.flatMap(\.events)) { [self] result in
      switch result {
      case .success:
        state.withLock { $0.failures = 0 }
        for item in items { item.done(nil) }
        emit()
      case .failure(let error): retry(items, after: error)
      }
    }
  }

  private func retry(_ items: [Item], after error: HubError) {
    complain(error)
    let failures = state.withLock { state in
      state.waiting.insert(contentsOf: items, at: 0)
      state.failures += 1
      return state.failures
    }
    let wait = UInt64(min(5000, 100 << min(failures - 1, 6)))
    guard error.code != .closed else { return end(error) }
    do throws(HubError) { try services.later(milliseconds: wait) { [self] in emit() } } catch { end(error) }
  }

  /// The adapter has ended, and with it the connection.
  private func end(_ error: HubError) {
    let left = state.withLock { state in
      defer { state.waiting = [] }
      state.isEmitting = false
      return state.waiting
    }
    for item in left { item.done(error) }
  }
}
