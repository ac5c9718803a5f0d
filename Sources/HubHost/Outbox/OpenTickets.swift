internal import HubStore

/// What is to be sent, by number, and how much of it each channel has.
struct OpenTickets: Sendable {
  private(set) var all: [Int64: OutboxTicket] = [:]
  private var counts: [String: Int] = [:]

  /// How many are a channel's.
  func count(of channel: String) -> Int { counts[channel] ?? 0 }

  subscript(number: Int64) -> OutboxTicket? {
    get { all[number] }
    set {
      if let old = all[number] { counts[old.channel, default: 0] -= 1 }
      all[number] = newValue
      if let newValue { counts[newValue.channel, default: 0] += 1 }
    }
  }
}
