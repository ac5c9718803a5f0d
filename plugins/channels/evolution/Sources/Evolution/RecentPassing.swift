import HubPluginSDK
import OrderedJSON

/// What passed lately and is stored nowhere, so that the journal can't tell when it comes again: by webhook and socket at once.
struct RecentPassing {
  private static let limit = 1024

  private var known: Set<Int> = []
  private var order: [Int] = []
  private var oldest = 0

  /// Whether it didn't come lately. `stamp` is the envelope's.
  mutating func isNew(_ event: ChannelEvent, stamp: String) -> Bool {
    var hasher = Hasher()
    hasher.combine(stamp)
    hasher.combine(event.account)
    hasher.combine(event.conversation)
    hasher.combine(event.kind)
    hasher.combine(event.body)
    let key = hasher.finalize()
    guard known.insert(key).inserted else { return false }
    if order.count < Self.limit {
      order.append(key)
    } else {
      known.remove(order[oldest])
      order[oldest] = key
      oldest = (oldest + 1) % Self.limit
    }
    return true
  }
}
