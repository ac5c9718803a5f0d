internal import Synchronization

extension Journal {
  /// Being told what was committed, until cancelled.
  public struct Subscription: Sendable {
    private let journal: Journal
    private let number: Int

    init(_ journal: Journal, _ number: Int) {
      self.journal = journal
      self.number = number
    }

    /// Ends it. A call that is under way on the writer's queue may still finish.
    public func cancel() { _ = journal.shared.withLock { $0.subscribers.removeValue(forKey: number) } }
  }

  /// Calls back after every commit with that transaction's events in journal order, one call at a time, on the writer's queue; and with
  /// volatile events (sequence 0) between them. The callbacks must not block. Nothing is told twice; a gap is impossible except for rows
  /// that turn out damaged when the file is opened again, which `events(after:)` names. `outbox` is told what changed about the outbox
  /// other than by a command, in its order among the answers to commands.
  public func subscribe(
    committed: @escaping @Sendable ([StoredEvent]) -> Void, volatile: @escaping @Sendable (StoredEvent) -> Void = { _ in },
    outbox: @escaping @Sendable (OutboxNews) -> Void = { _ in }
  ) -> Subscription {
    shared.withLock { shared in
      shared.nextSubscriber += 1
      shared.subscribers[shared.nextSubscriber] = Subscriber(committed: committed, volatile: volatile, outbox: outbox)
      return Subscription(self, shared.nextSubscriber)
    }
  }

  /// On the journal's queue.
  func tell(_ news: OutboxNews) {
    for subscriber in shared.withLock({ Array($0.subscribers.values) }) { subscriber.outbox(news) }
  }
}

/// What changed about the outbox other than by a command.
public enum OutboxNews: Sendable, Hashable {
  /// The file was opened anew after a failed write: what was told as failed may be there all the same.
  case reopened
  /// One conversation became part of another, with what was to be sent in it.
  case merged(ConversationMerge)
}
