internal import AsyncHTTPClient
internal import HubHost
internal import HubModel
internal import NIOCore
internal import Synchronization

/// Clients that connect a name to one address that was looked at, and to no other; a name that is answered anew gets a client of its own.
final class GuardedClients: Sendable {
  /// How many are kept, for the connections they hold.
  static let kept = 16

  struct Key: Hashable {
    let host: String
    let address: NetworkAddress
  }

  fileprivate struct Entry {
    let client: HTTPClient
    var uses = 0
    var lastUse: UInt64 = 0
  }

  fileprivate struct State {
    var entries: [Key: Entry] = [:]
    var uses: UInt64 = 0
    var isClosed = false
  }

  private let loop: any EventLoop
  private let state = Mutex(State())

  init(loop: any EventLoop) { self.loop = loop }

  /// A client to be given back; nil once there are none any more.
  func take(_ key: Key) -> HTTPClient? {
    let (client, old) = state.withLock { state -> (HTTPClient?, HTTPClient?) in
      guard !state.isClosed else { return (nil, nil) }
      let entry = state.entries[key] ?? Entry(client: make(key))
      state.entries[key] = entry
      state.uses += 1
      state.entries[key]?.uses += 1
      state.entries[key]?.lastUse = state.uses
      return (entry.client, state.surplus())
    }
    if let old { end(old) }
    return client
  }

  func give(_ key: Key) {
    let old = state.withLock { state in
      state.entries[key]?.uses -= 1
      return state.surplus()
    }
    if let old { end(old) }
  }

  func shutdown() async {
    let clients = state.withLock { state in
      defer { state.entries = [:] }
      state.isClosed = true
      return state.entries.values.map(\.client)
    }
    for client in clients { try? await client.shutdown() }
  }

  private func make(_ key: Key) -> HTTPClient {
    let override = NetworkAddress(key.host) == nil ? [key.host: key.address.description] : [:]
    return HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: OutboundClient.configuration(override: override))
  }

  /// Nobody waits for its end.
  private func end(_ client: HTTPClient) { client.shutdown { _ in } }
}

extension GuardedClients.State {
  /// Takes out the one that was unused for longest, when there are too many.
  fileprivate mutating func surplus() -> HTTPClient? {
    guard entries.count > GuardedClients.kept else { return nil }
    guard let oldest = entries.filter({ $0.value.uses == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
    entries[oldest.key] = nil
    return oldest.value.client
  }
}
