import OrderedJSON

/// What outlives the process.
extension FakeCore {
  /// What earlier runs knew.
  func recall(_ facts: [JSONObject]) {
    for fact in facts where fact["fact"]?.string == "clock" { fact["advance"]?.int64.map { clock.advance(by: $0) } }
    provider.recall(facts, now: clock.now)
  }

  /// Writes down what the machine has to keep.
  func keep() {
    let facts = provider.facts
    provider.facts = []
    write { try $0.append(facts) }
  }

  func keep(advance: Int64) { write { try $0.append([["fact": "clock", "advance": .number(JSONNumber(advance))]]) } }

  func forget() {
    provider.facts = []
    write { try $0.clear() }
  }

  private func write(_ work: (FakeLedger) throws -> Void) {
    guard let ledger else { return }
    do { try work(ledger) } catch { tell("what happened can't be kept: \(error)") }
  }
}
