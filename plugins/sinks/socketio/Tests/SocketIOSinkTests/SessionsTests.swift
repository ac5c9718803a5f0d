import OrderedJSON
import Testing

@testable import SocketIOSink

@Suite("Sessions")
struct SessionsTests {
  func sessions(claims: JSONValue = [:]) -> Sessions {
    var sessions = Sessions()
    sessions.add("s", .init(tenant: "t", user: "u", rights: Rights(claims: claims)))
    return sessions
  }

  @Test("a join is asked about once and then known")
  func join() {
    var sessions = sessions()
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .ask)
    let joins = sessions.entered("c", socket: "s", allowed: true)
    #expect(joins)
    let entry2 = sessions.enter("c", socket: "s")
    #expect(entry2 == .allowed(join: false))
  }

  @Test("a refused join leaves no trace")
  func refused() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    let joins = sessions.entered("c", socket: "s", allowed: false)
    #expect(!joins)
    #expect(sessions.look(at: "c", socket: "s") == .ask)
  }

  @Test("who left while the question was under way is not put into the room")
  func leftMeanwhile() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    let wasIn = sessions.leave("c", socket: "s")
    #expect(!wasIn)
    let joins = sessions.entered("c", socket: "s", allowed: true)
    #expect(!joins)
  }

  @Test("who is gone while the question was under way is not put into the room")
  func goneMeanwhile() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    _ = sessions.remove("s")
    let joins = sessions.entered("c", socket: "s", allowed: true)
    #expect(!joins)
    #expect(sessions.count == 0)
  }

  @Test("two joins under way enter the room once")
  func twice() {
    var sessions = sessions()
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .ask)
    let entry2 = sessions.enter("c", socket: "s")
    #expect(entry2 == .ask)
    let joins = sessions.entered("c", socket: "s", allowed: true)
    #expect(joins)
    let joins2 = sessions.entered("c", socket: "s", allowed: true)
    #expect(!joins2)
  }

  @Test("what was seen without joining is joined without asking")
  func seen() {
    var sessions = sessions()
    #expect(sessions.look(at: "c", socket: "s") == .ask)
    sessions.seen("c", socket: "s")
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .allowed(join: true))
    let entry2 = sessions.enter("c", socket: "s")
    #expect(entry2 == .allowed(join: false))
    let wasIn = sessions.leave("c", socket: "s")
    #expect(wasIn)
  }

  @Test("a claim refuses other conversations without asking")
  func narrowed() {
    var sessions = sessions(claims: ["conversations": ["c1"]])
    let entry = sessions.enter("c1", socket: "s")
    #expect(entry == .ask)
    let entry2 = sessions.enter("c2", socket: "s")
    #expect(entry2 == .refused(.forbidden))
  }

  @Test("a socket can be in so many conversations and no more")
  func limit() {
    var sessions = sessions()
    for number in 0..<Sessions.limit { _ = sessions.enter("\(number)", socket: "s") }
    let entry = sessions.enter("more", socket: "s")
    #expect(entry == .refused(.rateLimited))
  }

  @Test("an unknown socket gets nothing")
  func unknown() {
    var sessions = Sessions()
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .refused(.forbidden))
  }
}
