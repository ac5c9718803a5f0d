import OrderedJSON
import Testing

@testable import SocketIOSink

@Suite("Rights of a token")
struct RightsTests {
  @Test("a plain token sees its tenant and its user")
  func plain() { #expect(Rights(claims: ["sub": "u"]).rooms(tenant: "t", user: "u") == ["tenant:t", "user:u"]) }

  @Test("an API key has no user's room")
  func key() { #expect(Rights(claims: [:]).rooms(tenant: "t", user: "") == ["tenant:t"]) }

  @Test("a token narrowed to conversations is not in the tenant's room and may ask for no other")
  func conversations() {
    let rights = Rights(claims: ["conversations": ["c2", "c1"]])
    #expect(rights.rooms(tenant: "t", user: "u") == ["entitled:c1", "entitled:c2", "user:u"])
    #expect(rights.allow(conversation: "c1"))
    #expect(!rights.allow(conversation: "c3"))
  }

  @Test("a token narrowed to accounts may enter conversations of these alone")
  func accounts() {
    let rights = Rights(claims: ["accounts": ["a1"]])
    #expect(rights.rooms(tenant: "t", user: "u") == ["account:a1", "user:u"])
    #expect(rights.allow(account: "a1"))
    #expect(!rights.allow(account: "a2"))
    #expect(!rights.allow(account: nil))
  }

  @Test("a token narrowed twice gets nothing in advance")
  func both() {
    #expect(Rights(claims: ["accounts": ["a1"], "conversations": ["c1"]]).rooms(tenant: "t", user: "u") == ["user:u"])
  }

  @Test("a narrowing claim of the wrong form narrows to nothing", arguments: ["\"c1\"", "{}", "5", "[1]", "[]"])
  func malformed(claim: String) throws {
    let rights = Rights(claims: ["conversations": try JSONValue(parsing: claim)])
    #expect(rights.rooms(tenant: "t", user: "u") == ["user:u"])
    #expect(!rights.allow(conversation: "c1"))
  }
}
