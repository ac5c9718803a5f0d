internal import Glibc
internal import HubHost
public import HubModel
internal import NIOCore
internal import NIOPosix

/// Finds the addresses of names, beside the event loops.
public struct HostResolver: Sendable {
  /// Gives the addresses of a name, most wanted first; none: there is no such name. Blocks.
  public typealias Lookup = @Sendable (String) -> [NetworkAddress]

  let threads: NIOThreadPool
  let lookup: Lookup

  /// The addresses of a host, all of them public. A single one that isn't spoils the answer: a name that mixes them means no good.
  func addresses(of host: String, on loop: any EventLoop) -> EventLoopFuture<Result<[NetworkAddress], OutboundFailure>> {
    threads.runIfActive(eventLoop: loop) { [lookup] in
      let found = NetworkAddress(host).map { [$0] } ?? lookup(host)
      guard !found.isEmpty else { return .failure(OutboundFailure(.unresolved, wasWritten: false, "the host has no address")) }
      guard found.allSatisfy(\.isPublic) else {
        return .failure(OutboundFailure(.guarded, wasWritten: false, "the host's address is not public"))
      }
      return .success(found)
    }
  }

  /// What the system says, also of spellings such as `0x7f.1` that it takes for addresses.
  static let system: Lookup = { host in
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [NetworkAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      if let address = NetworkAddress(entry.ai_addr, family: entry.ai_family), !found.contains(address) { found.append(address) }
    }
    return found
  }
}

extension NetworkAddress {
  fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>?, family: Int32) {
    guard let address else { return nil }
    switch family {
    case AF_INET:
      self.init(
        bytes: address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
          withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
        })
    case AF_INET6:
      self.init(
        bytes: address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
          withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
        })
    default: return nil
    }
  }
}
