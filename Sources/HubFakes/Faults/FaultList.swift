import OrderedJSON

/// The faults that are still to happen, oldest first.
struct FaultList: Sendable {
  private(set) var faults: [Fault] = []

  mutating func add(_ fault: Fault) { faults.append(fault) }
  mutating func removeAll() { faults = [] }

  /// The fault that meets this call, which uses it up by one.
  mutating func take(for call: FakeCall) -> Fault? {
    let path = "/" + call.path.joined(separator: "/")
    for index in faults.indices {
      let fault = faults[index]
      guard fault.method == nil || fault.method == call.method, fault.path.map({ path.contains($0) }) ?? true else { continue }
      if fault.skip > 0 {
        faults[index].skip -= 1
        continue
      }
      faults[index].count -= 1
      if faults[index].count == 0 { faults.remove(at: index) }
      return fault
    }
    return nil
  }
}
