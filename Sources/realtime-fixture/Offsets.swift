import Synchronization

/// Places in the stream of one namespace's packets.
final class Offsets: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> String { "\(count.wrappingAdd(1, ordering: .relaxed).newValue).0" }
}
