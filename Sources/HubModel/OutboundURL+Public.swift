extension OutboundURL {
  /// Whether it may be handed to a server of one's own at a stranger's word: nothing in it, as it is written, is of the server's machine or network.
  ///
  /// What a name means is not asked: only who connects can judge that. Refused are addresses that aren't public, addresses in any but their standard spelling
  /// (which some take for addresses and some for names), names without a dot (as of the containers of one deployment), and the endings that are
  /// reserved for one's own network (RFC 6761, 6762, 8375; `internal` by ICANN).
  public var looksPublic: Bool {
    if let address = NetworkAddress(host) { return address.isPublic }
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = labels.last, labels.count > 1, labels.allSatisfy({ $0.isEmpty == false }) else { return false }
    // Clients that follow WHATWG take a name whose last label is a number for an address: 0x7f.1, 127.1, 1.2.3.0177.
    let isNumber = last.allSatisfy { ("0"..."9").contains($0) } || (last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit))
    return isNumber == false && Self.ownEndings.contains { name.hasSuffix($0) } == false
  }

  private static let ownEndings = [".localhost", ".localdomain", ".local", ".internal", ".intranet", ".lan", ".home.arpa"]
}
