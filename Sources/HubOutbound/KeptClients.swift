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

  /// A client to be given back.
  func take(_ key: Key) throws(OutboundFailure) -> HTTPClient {
    let (client, old) = try state.withLock { (state) throws(OutboundFailure) -> (HTTPClient, HTTPClient?) in
      guard !state.isClosed else { throw OutboundFailure(.cancelled, wasWritten: false, "the client has ended") }
      let entry: Entry
      if let known = state.entries[key] { entry = known } else { entry = Entry(client: try make(key)) }
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

  private func make(_ key: Key) throws(OutboundFailure) -> HTTPClient {
    var configuration = OutboundClient.configuration()
    if let place = key.place, NetworkAddress(place.host) == nil { configuration.dnsOverride = [place.host: place.address.description] }
    if let authority = key.authority {
      var tls = TLSConfiguration.makeClientConfiguration()
      do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority)) } catch {
        throw OutboundFailure(.tls, wasWritten: false, "no certificate can be read from \(authority)")
      }
      configuration.tlsConfiguration = tls
    }
    return HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
  }

  /// Nobody waits for its end.
  private func end(_ client: HTTPClient) { client.shutdown { _ in } }
}

extension KeptClients.State {
  /// Takes out the one that was unused for longest, when there are too many.
  fileprivate mutating func surplus() -> HTTPClient? {
    guard entries.count > KeptClients.kept else { return nil }
    guard let oldest = entries.filter({ $0.value.uses == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
    entries[oldest.key] = nil
    return oldest.value.client
  }
}
