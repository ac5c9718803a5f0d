import Synchronization

/// How many bytes of request bodies a listener holds at once, over all its connections. Bytes count once they came: an announced length
/// takes nothing.
final class BodyBudget: Sendable {
  private let limit: Int
  private let held = Atomic<Int>(0)

  /// 0 is no limit.
  init(limit: Int) { self.limit = limit }

  /// What one body takes of it, given back when nobody holds the request any more.
  final class Share: Sendable {
    private let budget: BodyBudget
    private let bytes = Atomic<Int>(0)

    fileprivate init(_ budget: BodyBudget) { self.budget = budget }

    deinit { budget.held.subtract(bytes.load(ordering: .relaxed), ordering: .relaxed) }

    /// Takes more; false, and nothing taken, when that is too much.
    func grow(by count: Int) -> Bool {
      guard budget.take(count) else { return false }
      bytes.add(count, ordering: .relaxed)
      return true
    }
  }

  func share() -> Share { Share(self) }

  private func take(_ count: Int) -> Bool {
    let (_, all) = held.add(count, ordering: .relaxed)
    guard limit > 0, all > limit else { return true }
    held.subtract(count, ordering: .relaxed)
    return false
  }
}
