/// What a server and a client agreed on for permessage-deflate (RFC 7692 §7.1).
public struct DeflateAgreement: Sendable, Hashable {
  /// The window with which the server compresses is 2 to the power of this, 9…15.
  public var serverWindowBits = 15
  /// The window with which the client compresses is at most 2 to the power of this, 8…15.
  public var clientWindowBits = 15
  /// Whether the server's messages refer to earlier ones.
  public var serverKeepsContext = false
  /// Whether the client's messages may refer to earlier ones.
  public var clientKeepsContext = false
  /// Whether the client has to be told of its window; only one that mentions its window may be (§7.1.2.2).
  var namesClientWindow = false

  /// The `Sec-WebSocket-Extensions` field of the answer.
  public var field: String {
    var text = DeflatePolicy.name
    if serverKeepsContext == false { text += "; server_no_context_takeover" }
    if clientKeepsContext == false { text += "; client_no_context_takeover" }
    if serverWindowBits < 15 { text += "; server_max_window_bits=\(serverWindowBits)" }
    if namesClientWindow { text += "; client_max_window_bits=\(clientWindowBits)" }
    return text
  }
}

/// How a server answers offers of permessage-deflate.
public struct DeflatePolicy: Sendable, Hashable {
  static let name = "permessage-deflate"

  /// Whether messages may refer to earlier ones, which compresses better and costs memory per connection; without it a message is
  /// compressed once for everybody.
  public var keepsContext: Bool
  /// The most bytes zlib may hold for one connection: windows become smaller, or contexts are given up, until they fit.
  public var memory: Int

  /// A policy.
  public init(keepsContext: Bool = false, memory: Int = 64 * 1024) {
    self.keepsContext = keepsContext
    self.memory = memory
  }

  /// Takes the first offer that can be taken. Nil: there is none, and messages stay as they are.
  ///
  /// - Parameter fields: the values of the `Sec-WebSocket-Extensions` fields, in order.
  public func agree(on fields: [String]) -> DeflateAgreement? {
    guard let offers = ExtensionOffer.list(fields.joined(separator: ",")) else { return nil }
    for offer in offers where offer.name == Self.name {
      if let wish = DeflateWish(offer) { return agree(wish) }
    }
    return nil
  }

  private func agree(_ wish: DeflateWish) -> DeflateAgreement {
    var agreement = DeflateAgreement(
      serverWindowBits: wish.serverWindowBits ?? 15, clientWindowBits: wish.clientWindowBits ?? 15)
    guard keepsContext else { return agreement }
    var left = memory
    if wish.allowsServerContext, let bits = largestWindow(9...agreement.serverWindowBits, left, Deflater.footprint) {
      agreement.serverWindowBits = bits
      agreement.serverKeepsContext = true
      left -= Deflater.footprint(windowBits: bits)
    }
    guard wish.allowsClientContext else { return agreement }
    // A client that does not mention its window uses the largest, and may not be asked for less.
    let least = wish.clientWindowBits == nil ? 15 : 8
    if let bits = largestWindow(least...agreement.clientWindowBits, left, Inflater.footprint) {
      agreement.namesClientWindow = bits < agreement.clientWindowBits
      agreement.clientWindowBits = bits
      agreement.clientKeepsContext = true
    }
    return agreement
  }

  private func largestWindow(_ bits: ClosedRange<Int>, _ memory: Int, _ footprint: (_ windowBits: Int) -> Int) -> Int? {
    bits.reversed().first { footprint($0) <= memory }
  }
}

/// The parameters of one offer of permessage-deflate (RFC 7692 §7.1).
private struct DeflateWish {
  var allowsServerContext = true
  var allowsClientContext = true
  var serverWindowBits: Int?
  /// Set, perhaps to 15, when the client mentions its window.
  var clientWindowBits: Int?

  /// Nil when a parameter is unknown, occurs twice or has no proper value: such an offer must be declined (§7.1).
  init?(_ offer: ExtensionOffer) {
    guard Set(offer.parameters.map(\.name)).count == offer.parameters.count else { return nil }
    for parameter in offer.parameters {
      switch (parameter.name, parameter.value) {
      case ("server_no_context_takeover", nil): allowsServerContext = false
      case ("client_no_context_takeover", nil): allowsClientContext = false
      case ("client_max_window_bits", nil): clientWindowBits = 15
      case ("client_max_window_bits", let value?):
        guard let bits = Self.windowBits(value) else { return nil }
        clientWindowBits = bits
      case ("server_max_window_bits", let value?):
        // zlib writes no blocks for the smallest window.
        guard let bits = Self.windowBits(value), bits > 8 else { return nil }
        serverWindowBits = bits
      default: return nil
      }
    }
  }

  private static func windowBits(_ text: String) -> Int? {
    ["8", "9", "10", "11", "12", "13", "14", "15"].firstIndex(of: text).map { $0 + 8 }
  }
}
