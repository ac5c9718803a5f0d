import Glibc

/// The peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses and networks, and `unix` for peers on a unix socket.
public struct TrustedProxies: Sendable {
  private struct Network: Sendable {
    var bytes: [UInt8]
    var bits: Int
  }

  private var networks: [Network] = []
  private var trustsUnix = false

  /// Nobody.
  public static let none = TrustedProxies()

  private init() {}

  /// Parses `10.0.0.1`, `10.0.0.0/8`, `fd00::/8` and `unix`; nil when one of them is something else.
  public init?(_ texts: [String]) {
    for text in texts {
      if text == "unix" {
        trustsUnix = true
        continue
      }
      let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let bytes = Self.bytes(String(halves[0])) else { return nil }
      var bits = bytes.count * 8
      if halves.count == 2 {
        guard let given = UInt8(halves[1]), Int(given) <= bits else { return nil }
        bits = Int(given)
      }
      networks.append(Network(bytes: bytes, bits: bits))
    }
  }

  /// Whether nobody is trusted.
  public var isEmpty: Bool { networks.isEmpty && !trustsUnix }

  /// Whether this address is trusted.
  public func contains(_ address: String) -> Bool {
    if address == "unix" { return trustsUnix }
    guard !networks.isEmpty, let bytes = Self.bytes(address) else { return false }
    return networks.contains { network in
      guard network.bytes.count == bytes.count else { return false }
      let whole = network.bits / 8
      guard network.bytes.prefix(whole) == bytes.prefix(whole) else { return false }
      let rest = network.bits % 8
      return rest == 0 || (network.bytes[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
    }
  }

  /// The client behind `peer`: the last forwarded address that isn't itself a trusted proxy. `forwarded` are the field's values in order.
  public func client(peer: String, forwarded: [String]) -> String {
    guard contains(peer) else { return peer }
    var client = peer
    for hop in forwarded.flatMap({ $0.split(separator: ",") }).reversed() {
      let address = hop.filter { !$0.isWhitespace }
      // What isn't an address was invented on the way: nothing left of it can be believed.
      guard Self.bytes(address) != nil else { break }
      client = address
      if !contains(address) { break }
    }
    return client
  }

  /// True when the client came by TLS, as the proxy `peer` tells; of several hops the first counts. Nil when it tells something else, because a
  /// proxy behind one that ends TLS sees plain HTTP too, or when nobody trusts it.
  func isSecure(peer: String, forwarded: String?) -> Bool? {
    guard let first = forwarded?.split(separator: ",").first, contains(peer) else { return nil }
    return ["https", "wss"].contains(first.filter { !$0.isWhitespace }.lowercased()) ? true : nil
  }

  /// The name a client is counted under: its address, or its network in IPv6, where one client has 2^64 addresses. Nil for those that
  /// share an address and cannot help it: trusted proxies and peers on unix sockets must not shut each other out.
  func countedName(of client: String) -> String? {
    if client == "unix" || contains(client) { return nil }
    guard client.utf8.contains(UInt8(ascii: ":")), let bytes = Self.bytes(client) else { return client }
    return bytes.count == 4
      ? bytes.map { String($0) }.joined(separator: ".") : bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".") + "/64"
  }

  /// Network order bytes; a v4 address mapped into v6 counts as v4.
  private static func bytes(_ text: String) -> [UInt8]? {
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
    let bytes = withUnsafeBytes(of: v6) { Array($0) }
    return bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] ? Array(bytes.suffix(4)) : bytes
  }
}
