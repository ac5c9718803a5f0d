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

  /// Where a socket is brought, step by step, until it is where it wants to be.
  func steps(_ sessions: inout Sessions) -> [Sessions.Step] {
    var steps: [Sessions.Step] = []
    while true {
      let step = sessions.move("c", socket: "s")
      guard step == .in || step == .out else { return steps }
      steps.append(step)
      sessions.moved("c", socket: "s", isIn: step == .in)
    }
  }

  @Test("a join is asked about once and then known")
  func join() {
    var sessions = sessions()
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .ask)
    sessions.entered("c", socket: "s", allowed: true)
    #expect(steps(&sessions) == [.in])
    let entry2 = sessions.enter("c", socket: "s")
    #expect(entry2 == .allowed)
    #expect(steps(&sessions).isEmpty)
  }

  @Test("a refused join leaves no trace")
  func refused() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    sessions.entered("c", socket: "s", allowed: false)
    #expect(steps(&sessions).isEmpty)
    #expect(sessions.look(at: "c", socket: "s") == .ask)
  }

  @Test("who left while the question was under way is not put into the room")
  func leftMeanwhile() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    sessions.leave("c", socket: "s")
    sessions.entered("c", socket: "s", allowed: true)
    #expect(steps(&sessions).isEmpty)
    #expect(!sessions.wants("c", socket: "s"))
  }

  @Test("who is gone while the question was under way is not put into the room")
  func goneMeanwhile() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    _ = sessions.remove("s")
    sessions.entered("c", socket: "s", allowed: true)
    #expect(steps(&sessions).isEmpty)
    #expect(sessions.count == 0)
  }

  @Test("two joins under way enter the room once")
  func twice() {
    var sessions = sessions()
    for _ in 0..<2 {
      let entry = sessions.enter("c", socket: "s")
      #expect(entry == .ask)
    }
    sessions.entered("c", socket: "s", allowed: true)
    #expect(steps(&sessions) == [.in])
    sessions.entered("c", socket: "s", allowed: true)
    #expect(steps(&sessions).isEmpty)
  }

  @Test("one thread at a time moves a socket, and it sees what changed meanwhile")
  func moving() {
    var sessions = sessions()
    _ = sessions.enter("c", socket: "s")
    sessions.entered("c", socket: "s", allowed: true)
    let step = sessions.move("c", socket: "s")
    #expect(step == .in)
    sessions.leave("c", socket: "s")
    let other = sessions.move("c", socket: "s")
    #expect(other == .underWay)
    sessions.moved("c", socket: "s", isIn: true)
    #expect(steps(&sessions) == [.out])
  }

  @Test("what was seen without joining is joined without asking")
  func seen() {
    var sessions = sessions()
    #expect(sessions.look(at: "c", socket: "s") == .ask)
    sessions.seen("c", socket: "s")
    #expect(steps(&sessions).isEmpty)
    let entry = sessions.enter("c", socket: "s")
    #expect(entry == .allowed)
    #expect(steps(&sessions) == [.in])
    sessions.leave("c", socket: "s")
    #expect(steps(&sessions) == [.out])
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
