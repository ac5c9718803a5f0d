import Synchronization

/// Counts open connections of a listener, in all and by address.
final class ConnectionLimiter: Sendable {
  /// Whether a new connection is taken.
  enum Verdict: Equatable {
    case accepted, full, addressFull
  }

  private struct State {
    var open = 0
    var byAddress: [String: Int] = [:]
  }

  private let state = Mutex(State())
  private let total: Int
  private let perAddress: Int

  init(total: Int, perAddress: Int) {
    self.total = total
    self.perAddress = perAddress
  }

  /// An `address` of nil counts towards the total only.
  func enter(_ address: String?) -> Verdict {
    state.withLock { state in
      if total > 0, state.open >= total { return .full }
      if let address, perAddress > 0 {
        let count = state.byAddress[address, default: 0]
        if count >= perAddress { return .addressFull }
        state.byAddress[address] = count + 1
      }
      state.open += 1
      return .accepted
    }
  }

  func leave(_ address: String?) {
    state.withLock { state in
      state.open -= 1
      guard let address, let count = state.byAddress[address] else { return }
      state.byAddress[address] = count > 1 ? count - 1 : nil
    }
  }

  var open: Int { state.withLock { $0.open } }
}

/// One accepted connection's place in its listener. Confined to the connection's event loop.
final class ConnectionTicket {
  private let service: ListenerService
  private let loop: ListenerLoop
  private let address: String?
  private var isHeld = true
  /// Its connection's place in the loop's table.
  var slot: Int?

  init(service: ListenerService, loop: ListenerLoop, address: String?) {
    self.service = service
    self.loop = loop
    self.address = address
  }

  /// Gives the place back; only the first call counts.
  func release() {
    guard isHeld else { return }
    isHeld = false
    service.limiter.leave(address)
    loop.remove(self)
  }
}
