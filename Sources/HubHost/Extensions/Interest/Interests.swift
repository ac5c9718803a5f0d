internal import Dispatch
internal import HubStore
internal import HubTelemetry
internal import Synchronization

/// Tells channels who looks at their conversations and types in them. Conversations are looked up on a queue of its own, off the event loops
/// that the sinks' calls come on, and what changes meanwhile is told once.
final class Interests: Sendable {
  /// How many typing notices wait to be told. Beyond, the next ones are dropped.
  private static let backlog = 1024

  private struct State {
    var book = InterestBook()
    var channels: [String: WeakAdapter] = [:]
    /// Where each socket types.
    var typists: [InterestBook.Looker: Set<InterestBook.Subject>] = [:]
    var isFlushing = false
    var typingUnderWay = 0
    var running: @Sendable (String) -> Adapter? = { _ in nil }
  }

  private struct WeakAdapter {
    weak var adapter: Adapter?
  }

  private let queue = DispatchQueue(label: "interest")
  private let state = Mutex(State())

  /// Says how a running channel is found.
  func find(_ running: @escaping @Sendable (String) -> Adapter?) { state.withLock { $0.running = running } }

  // MARK: From adapters

  func want(_ adapter: Adapter) {
    change(adapter.services) { state in
      state.channels[adapter.spec.id] = WeakAdapter(adapter: adapter)
      state.book.want(adapter.spec.id)
    }
  }

  /// - Parameter accounts: what the socket is narrowed to; the account of a conversation is known once it is looked up.
  func look(
    _ looker: InterestBook.Looker, at subject: InterestBook.Subject, _ isOn: Bool, within accounts: Set<String>?, _ services: HostServices
  ) {
    change(services) { $0.book.look(looker, at: subject, isOn, within: accounts) }
  }

  func typing(
    _ looker: InterestBook.Looker, in subject: InterestBook.Subject, _ isOn: Bool, within accounts: Set<String>?, _ services: HostServices
  ) {
    let isTaken = state.withLock { state in
      if isOn {
        state.typists[looker, default: []].insert(subject)
      } else {
        state.typists[looker]?.remove(subject)
        if state.typists[looker]?.isEmpty == true { state.typists[looker] = nil }
      }
      guard state.typingUnderWay < Self.backlog else { return false }
      state.typingUnderWay += 1
      return true
    }
    guard isTaken else { return services.metrics.drops.with("typing", "busy").increment() }
    queue.async { [self] in
      tell(typing: isOn, in: subject, within: accounts, services)
      state.withLock { $0.typingUnderWay -= 1 }
    }
  }

  /// A socket is gone, with what it looked at and typed.
  func gone(_ looker: InterestBook.Looker, within accounts: Set<String>?, _ services: HostServices) {
    for subject in state.withLock({ $0.typists[looker] }) ?? [] { typing(looker, in: subject, false, within: accounts, services) }
    change(services) { $0.book.gone(looker) }
  }

  /// An instance is at its end.
  func ended(_ adapter: Adapter) {
    change(adapter.services) { state in
      if let known = state.channels[adapter.spec.id], known.adapter === adapter || known.adapter == nil {
        state.channels[adapter.spec.id] = nil
      }
      state.typists = state.typists.filter { $0.key.adapter != adapter.spec.id }
      state.book.ended(adapter.spec.id)
    }
  }

  // MARK: To channels

  private func change(_ services: HostServices, _ body: (inout State) -> Void) {
    let begins = state.withLock { state in
      body(&state)
      guard state.book.hasChanges, !state.isFlushing else { return false }
      state.isFlushing = true
      return true
    }
    if begins { queue.async { self.flush(services) } }
  }

  private func flush(_ services: HostServices) {
    while state.withLock({ state in
      state.isFlushing = state.book.hasChanges
      return state.isFlushing
    }) {
      let strangers = state.withLock { $0.book.strangers }
      for subject in strangers {
        guard let reach = services.reach(subject.conversation, subject.tenant) else { continue }
        let place = ChannelPlace(channel: reach.channel, account: reach.account, conversation: reach.key)
        state.withLock { $0.book.place(subject, at: place) }
      }
      for (notice, adapter) in state.withLock({ state in
        state.book.due(tried: strangers).map { ($0, state.channels[$0.place.channel]?.adapter) }
      }) {
        adapter?.interest(notice.count, in: notice.place)
      }
    }
  }

  private func tell(typing isOn: Bool, in subject: InterestBook.Subject, within accounts: Set<String>?, _ services: HostServices) {
    guard let reach = services.reach(subject.conversation, subject.tenant) else { return }
    guard accounts?.contains(reach.account) ?? true else { return services.metrics.drops.with("typing", "account").increment() }
    // What nobody can say now is not said later.
    guard let adapter = state.withLock({ $0.running })(reach.channel), adapter.typing(isOn, in: reach) else {
      return services.metrics.drops.with("typing", "channel_down").increment()
    }
  }
}
