import Synchronization

/// Bounds how many sessions are open, in all and by address. The listener's limits do not: polling sessions outlive their
/// connections, and one connection can open any number of them.
final class SessionLimiter: Sendable {
  private let open = Atomic<Int>(0)
  private let byAddress = Mutex<[String: Int]>([:])
  private let total: Int
  private let perAddress: Int

  /// Limits; 0 means none.
  init(total: Int, perAddress: Int) {
    self.total = total
    self.perAddress = perAddress
  }

  /// A place for one session; nil when there is none. An `address` of nil counts towards the total only.
  func enter(_ address: String?) -> SessionPlace? {
    let address = perAddress > 0 ? address : nil
    guard open.add(1, ordering: .relaxed).newValue <= total || total == 0 else {
      open.subtract(1, ordering: .relaxed)
      return nil
    }
    if let address, take(address) == false {
      open.subtract(1, ordering: .relaxed)
      return nil
    }
    return SessionPlace(limiter: self, address: address)
  }

  private func take(_ address: String) -> Bool {
    byAddress.withLock { byAddress in
      let count = byAddress[address, default: 0]
      guard count < perAddress else { return false }
      byAddress[address] = count + 1
      return true
    }
  }

  fileprivate func leave(_ address: String?) {
    open.subtract(1, ordering: .relaxed)
    guard let address else { return }
    byAddress.withLock { byAddress in
      guard let count = byAddress[address] else { return }
      byAddress[address] = count > 1 ? count - 1 : nil
    }
  }
}

/// One session's place among those allowed. It is given back when the session is forgotten, or when nothing came of it.
final class SessionPlace: Sendable {
  private let limiter: SessionLimiter
  private let address: String?
  private let isHeld = Atomic<Bool>(true)

  fileprivate init(limiter: SessionLimiter, address: String?) {
    self.limiter = limiter
    self.address = address
  }

  /// Gives the place back; only the first call counts.
  func release() {
    if isHeld.exchange(false, ordering: .relaxed) { limiter.leave(address) }
  }

  deinit { release() }
}
