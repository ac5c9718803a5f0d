import HubAuth
import Testing

@Suite("Signed links")
struct LinkSignerTests {
  private let signer = LinkSigner(secret: Array("0123456789abcdef0123456789abcdef".utf8))
  private let grant = LinkSigner.Grant(id: "msg_1", sequence: 77, expires: 1000)

  private func refusal(_ signature: String, for id: String = "msg_1", now: Int64 = 0) -> LinkSigner.Refusal? {
    do throws(LinkSigner.Refusal) {
      _ = try signer.grant(signature, for: id, now: now)
      return nil
    } catch {
      return error
    }
  }

  @Test("a grant signed twice is the same text, and is what the signature says")
  func signs() throws {
    let signature = signer.signature(of: grant)
    #expect(signature == signer.signature(of: grant))
    #expect(try signer.grant(signature, for: "msg_1", now: 999) == grant)
    #expect(refusal(signature, now: 1000) == .expired)
  }

  @Test("another id, secret, expiry or spelling is forged")
  func forged() {
    let signature = signer.signature(of: grant)
    #expect(refusal(signature, for: "msg_2") == .forged)
    let other = LinkSigner(secret: Array("another-secret-of-thirty-two-bytes".utf8))
    #expect(refusal(other.signature(of: grant)) == .forged)
    let parts = signature.split(separator: ".").map(String.init)
    #expect(refusal("\(parts[0]).zz.\(parts[2])") == .forged)
    #expect(refusal("\(parts[0].uppercased() + "x").\(parts[1]).\(parts[2])") == .forged)
    #expect(refusal("0\(signature)") == .forged && refusal("+\(signature)") == .forged)
    for text in ["", ".", "..", "a.b.c.d", "\(parts[0]).\(parts[1]).", "\(signature)=", parts[2]] {
      #expect(refusal(text) == .forged, "\(text)")
    }
  }
}
