internal import Dispatch
internal import Synchronization

/// What one instance is told later, in order, on a queue of its own: a plugin that takes its time there holds back itself and nobody else.
/// What comes before `open` is kept until then.
final class Completions: Sendable {
  /// Runs what it is given later, once.
  typealias Hop = @Sendable (@escaping @Sendable () -> Void) -> Void

  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isOpen = false
    /// Whether the queue is at it, or about to be.
    var isDraining = false

    /// Whether the queue has to be told.
    mutating func wakes() -> Bool {
      guard isOpen, !isDraining, !waiting.isEmpty else { return false }
      isDraining = true
      return true
    }
  }

  /// What the plugin answers to requests while it is told.
  let answers = GatheredAnswers()
  /// What a plugin answers to so many is held until it was told of all of them, and no longer.
  private static let together = 32
  private let queue: DispatchQueue
  private let state = Mutex(State())

  init(label: String) { queue = DispatchQueue(label: label) }

  /// - Parameter hop: where more is to come at once: the queue is told by what this runs, and once for all of it.
  func add(after hop: Hop? = nil, _ work: @escaping @Sendable () -> Void) {
    let wakes = state.withLock { state in
      state.waiting.append(work)
      return state.wakes()
    }
    guard wakes else { return }
    if let hop { hop { self.wake() } } else { wake() }
  }

  private func wake() { queue.async { self.drain() } }

  /// Lets everything through, first what was kept. May be called again.
  func open() {
    let wakes = state.withLock { state in
      state.isOpen = true
      return state.wakes()
    }
    if wakes { wake() }
  }

  /// Does what waits, and what comes meanwhile: the journal answers for many at a time.
  private func drain() {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        state.isDraining = !state.waiting.isEmpty
        return state.waiting
      }
      guard !batch.isEmpty else { return }
      var rest = batch[...]
      while !rest.isEmpty {
        let next = rest.prefix(Self.together)
        rest = rest.dropFirst(next.count)
        answers.gather { for work in next { work() } }
      }
    }
  }
}
