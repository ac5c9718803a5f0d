/// Judges the hub's promise: what was acknowledged is there once, and nothing is there that was never sent.
public struct ConservationOracle<ID: Hashable & Sendable>: Sendable {
  private var sent: Set<ID> = []
  private var acknowledged: Set<ID> = []

  /// What is wrong; all empty when the promise was kept.
  public struct Verdict: Sendable, Equatable {
    /// Acknowledged and not found.
    public var lost: Set<ID> = []
    /// Found more than once.
    public var doubled: Set<ID> = []
    /// Found and never sent.
    public var invented: Set<ID> = []

    /// A verdict, to compare with.
    public init(lost: Set<ID> = [], doubled: Set<ID> = [], invented: Set<ID> = []) {
      (self.lost, self.doubled, self.invented) = (lost, doubled, invented)
    }

    /// Whether the promise was kept.
    public var isKept: Bool { lost.isEmpty && doubled.isEmpty && invented.isEmpty }
  }

  /// Nothing sent yet.
  public init() {}

  /// How many were acknowledged.
  public var count: Int { acknowledged.count }

  /// It was sent; whether it arrived is open.
  public mutating func send(_ id: ID) { sent.insert(id) }

  /// Its arrival was confirmed: from now on it must be found.
  public mutating func acknowledge(_ id: ID) { acknowledged.insert(id) }

  /// Compares with what is there.
  public func judge(_ found: some Sequence<ID>) -> Verdict {
    var (seen, verdict) = (Set<ID>(), Verdict())
    for id in found where seen.insert(id).inserted == false { verdict.doubled.insert(id) }
    verdict.lost = acknowledged.subtracting(seen)
    verdict.invented = seen.subtracting(sent).subtracting(acknowledged)
    return verdict
  }
}
