import Testing

@testable import WebSocketFrames

@Suite("Negotiation of permessage-deflate")
struct AgreementTests {
  private func answer(_ fields: String..., keepsContext: Bool = false, memory: Int = 1 << 20) -> String? {
    DeflatePolicy(keepsContext: keepsContext, memory: memory).agree(on: fields)?.field
  }

  static let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  @Test(
    "what clients offer is taken, without contexts",
    arguments: [
      "permessage-deflate", "permessage-deflate; client_max_window_bits", "permessage-deflate;client_max_window_bits=10",
      "permessage-deflate ; client_no_context_takeover ; server_no_context_takeover",
      "permessage-deflate; server_max_window_bits=15; client_max_window_bits=\"8\"", "x-other; a=\"b\", permessage-deflate",
    ])
  func taken(offer: String) { #expect(answer(offer) == Self.plain) }

  @Test("the server's window is the one asked for", arguments: 9...14)
  func serverWindow(bits: Int) {
    #expect(answer("permessage-deflate; server_max_window_bits=\(bits)") == "\(Self.plain); server_max_window_bits=\(bits)")
  }

  @Test(
    "an offer with an unknown, repeated or improper parameter is declined",
    arguments: [
      "permessage-deflate; unknown", "permessage-deflate; client_max_window_bits; client_max_window_bits",
      "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=8",
      "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=09",
      "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=+9",
      "permessage-deflate; client_no_context_takeover=1", "permessage-deflate; server_no_context_takeover=\"true\"",
      "x-webkit-deflate-frame", "",
    ])
  func declined(offer: String) {
    #expect(answer(offer) == nil)
    #expect(answer(offer.isEmpty ? "permessage-deflate" : "\(offer), permessage-deflate") == Self.plain, "the next offer is tried")
    #expect(
      answer(offer, "permessage-deflate; server_max_window_bits=12") == (offer.isEmpty ? nil : "\(Self.plain); server_max_window_bits=12"))
  }

  @Test(
    "a field that is no list of extensions is passed over",
    arguments: ["permessage-deflate;", "permessage-deflate; =1", "permessage-deflate,", "; a", "permessage-deflate; a=\"b", "a b"])
  func malformed(field: String) { #expect(answer(field) == nil) }

  @Test("with contexts, only what was asked for is given up")
  func contexts() {
    #expect(answer("permessage-deflate", keepsContext: true) == "permessage-deflate")
    #expect(answer("permessage-deflate; client_max_window_bits", keepsContext: true) == "permessage-deflate")
    #expect(answer("permessage-deflate; client_max_window_bits=10", keepsContext: true) == "permessage-deflate")
    #expect(
      answer("permessage-deflate; server_no_context_takeover", keepsContext: true) == "permessage-deflate; server_no_context_takeover")
    #expect(
      answer("permessage-deflate; client_no_context_takeover", keepsContext: true) == "permessage-deflate; client_no_context_takeover")
  }

  @Test("contexts fit the memory of a connection: smaller windows first, then none")
  func memory() {
    let offer = "permessage-deflate; client_max_window_bits"
    #expect(answer(offer, keepsContext: true, memory: 0) == Self.plain)
    #expect(answer("permessage-deflate", keepsContext: true, memory: 64 << 10)?.contains("client_no_context_takeover") == true)
    for memory in stride(from: 0, through: 400 << 10, by: 1 << 10) {
      guard let agreement = DeflatePolicy(keepsContext: true, memory: memory).agree(on: [offer]) else {
        Issue.record("not taken")
        continue
      }
      let server = agreement.serverKeepsContext ? Deflater.footprint(windowBits: agreement.serverWindowBits) : 0
      let client = agreement.clientKeepsContext ? Inflater.footprint(windowBits: agreement.clientWindowBits) : 0
      #expect(server + client <= memory)
      #expect(memory < 24 << 10 || agreement.serverKeepsContext)
    }
    let small = DeflatePolicy(keepsContext: true, memory: 64 << 10).agree(on: [offer])
    #expect(small?.serverWindowBits == 12)
    #expect(small?.field == "permessage-deflate; server_max_window_bits=12; client_max_window_bits=14")
  }
}
