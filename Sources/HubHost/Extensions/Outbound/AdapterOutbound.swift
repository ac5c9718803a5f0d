internal import Synchronization

/// The requests to outside that one instance has under way.
final class AdapterOutbound: Sendable {
  static let maximumRequests = 256
  /// Of bodies, sent and received, that are held at once.
  static let maximumBytes = 128 << 20

  /// What a request is known by while it is under way.
  typealias Number = UInt64

  private struct State {
    var next: Number = 1
    /// Nil until the client has it.
    var open: [Number: (@Sendable () -> Void)?] = [:]
    var bytes = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  /// How many are under way.
  var count: Int { state.withLock { $0.open.count } }

  /// Whether nothing begins any more.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Room for one more that holds so many bytes; nil when there is none.
  func begin(holding bytes: Int) -> Number? {
    state.withLock { state in
      guard !state.isClosed, state.open.count < Self.maximumRequests, state.bytes + bytes <= Self.maximumBytes else { return nil }
      state.bytes += bytes
      defer { state.next += 1 }
      state.open[state.next] = .some(nil)
      return state.next
    }
  }

  /// How to give a request up; one that is over, or has nobody left to answer to, is given up at once.
  func attach(_ number: Number, cancel: @escaping @Sendable () -> Void) {
    let isOver = state.withLock { state in
      guard state.open[number] != nil else { return state.isClosed }
      state.open[number] = cancel
      return false
    }
    if isOver { cancel() }
  }

  /// Room for more bytes of an answer.
  func hold(_ bytes: Int) -> Bool {
    state.withLock { state in
      guard state.bytes + bytes <= Self.maximumBytes else { return false }
      state.bytes += bytes
      return true
    }
  }

  /// Whether it was under way still; it is not any more.
  @discardableResult
  func end(_ number: Number, releasing bytes: Int) -> Bool {
    state.withLock { state in
      state.bytes -= bytes
      return state.open.removeValue(forKey: number) != nil
    }
  }

  /// Gives up all of them; no more are let in.
  func close() {
    let open = state.withLock { state in
      defer { state.open = [:] }
      state.isClosed = true
      return state.open.values.compactMap { $0 }
    }
    for cancel in open { cancel() }
  }
}
