internal import AsyncHTTPClient
internal import HubHost
internal import HubModel
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Clients for what belongs to their connections: the one address that a name was looked up to be at, and the authority that is believed. A name that
/// is answered anew gets a client of its own.
final class KeptClients: Sendable {
  /// How many are kept, for the connections they hold.
  static let kept = 16

  struct Key: Hashable {
    /// A host and where it is connected to, and nowhere else; nil: any host, wherever the system says.
    var place: Place?
    /// A PEM file.
    var authority: String?
  }

  struct Place: Hashable {
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

  /// The client of this key, to be given back; nil: it is to be made.
  func take(_ key: Key) throws(OutboundFailure) -> HTTPClient? {
    try state.withLock { (state) throws(OutboundFailure) in
      guard !state.isClosed else { throw Self.ended }
      return state.use(key)
    }
  }

  /// The client of this key, to be given back, made if it isn't there by now.
  ///
  /// - Parameter roots: what the key's authority file names.
  func take(_ key: Key, believing roots: NIOSSLTrustRoots) throws(OutboundFailure) -> HTTPClient {
    let (client, old) = try state.withLock { (state) throws(OutboundFailure) -> (HTTPClient, HTTPClient?) in
      guard !state.isClosed else { throw Self.ended }
      if let known = state.use(key) { return (known, nil) }
      let made = make(key, roots)
      state.entries[key] = Entry(client: made)
      return (state.use(key) ?? made, state.surplus())
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

  private func make(_ key: Key, _ roots: NIOSSLTrustRoots) -> HTTPClient {
    var configuration = OutboundClient.configuration()
    if let place = key.place, NetworkAddress(place.host) == nil {
      configuration.dnsOverride = [place.host: place.address.description]
      configuration.httpVersion = .http1Only
      configuration.http1_1ConnectionDebugInitializer = { NamedHost.check($0, place.host) }
    }
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = roots
    configuration.tlsConfiguration = tls
    return HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
  }

  private static let ended = OutboundFailure(.cancelled, wasWritten: false, "the client has ended")

  /// Nobody waits for its end.
  private func end(_ client: HTTPClient) { client.shutdown { _ in } }
}

extension KeptClients.State {
  fileprivate mutating func use(_ key: KeptClients.Key) -> HTTPClient? {
    guard let client = entries[key]?.client else { return nil }
    uses += 1
    entries[key]?.uses += 1
    entries[key]?.lastUse = uses
    return client
  }

  /// Takes out the one that was unused for longest, when there are too many.
  fileprivate mutating func surplus() -> HTTPClient? {
    guard entries.count > KeptClients.kept else { return nil }
    guard let oldest = entries.filter({ $0.value.uses == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
    entries[oldest.key] = nil
    return oldest.value.client
  }
}
