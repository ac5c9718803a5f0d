import EngineIO
import Testing

@Suite("A polling session")
struct PollingTests {
  var session = EngineSession(transport: .polling, timing: SessionTiming(), now: 0)

  @Test("a poll waits until there is something to send")
  mutating func holds() {
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.isWritable(hasData: false))
    #expect(session.send() == .answerPoll)
    #expect(session.send() == .answerPoll, "packets of one turn share the answer")
    #expect(session.answerPoll() == true)
    #expect(session.answerPoll() == false)
    #expect(session.send() == .buffer)
    #expect(session.poll(hasData: true) == .answer)
    #expect(session.poll(hasData: false) == .hold, "an answered poll does not count as waiting")
  }

  @Test("a second poll ends the session")
  mutating func secondPoll() {
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.poll(hasData: true) == .overlap)
    #expect(session.closeReason == .overlap)
    #expect(session.poll(hasData: false) == .refuse(.sessionUnknown))
    #expect(session.post() == .refuse(.sessionUnknown))
    #expect(session.send() == .drop)
  }

  @Test("a second post while one is under way ends the session")
  mutating func secondPost() {
    #expect(session.post() == .accept)
    #expect(session.post() == .overlap)
    #expect(session.closeReason == .overlap)
  }

  @Test("posts one after the other are fine")
  mutating func posts() {
    #expect(session.post() == .accept)
    session.postEnded()
    #expect(session.post() == .accept)
    #expect(session.closeReason == nil)
  }

  @Test("a poll or post that is cut off ends the session at once")
  mutating func aborted() {
    var other = session
    #expect(other.pollAborted() == false)
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.pollAborted() == true)
    #expect(session.closeReason == .transportError)
    #expect(other.post() == .accept)
    #expect(other.postAborted() == true)
    #expect(other.closeReason == .transportError)
  }

  @Test("closed by the server with a poll waiting, the poll is told")
  mutating func closeWaiting() {
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.close(now: 5, hasData: false) == .answerPoll)
    #expect(session.isForgotten)
  }

  @Test("closed by the server while a poll waits and packets are buffered, the poll gets these and the next one is told")
  mutating func closeFlushing() {
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.close(now: 5, hasData: true) == .flushPoll)
    #expect(session.closeReason == .server)
    #expect(session.poll(hasData: false) == .farewell)
  }

  @Test("closed by the server without a poll, buffered packets leave first and the next poll is told")
  mutating func farewell() {
    #expect(session.close(now: 5, hasData: true) == .awaitPoll)
    #expect(session.closeReason == .server)
    #expect(session.send() == .drop)
    #expect(session.poll(hasData: true) == .answer)
    #expect(session.poll(hasData: false) == .farewell)
    #expect(session.poll(hasData: false) == .refuse(.sessionUnknown))
  }

  @Test("a farewell nobody fetches is forgotten after thirty seconds")
  mutating func farewellExpires() {
    #expect(session.close(now: 5, hasData: true) == .awaitPoll)
    #expect(session.deadline == 30_005)
    #expect(session.tick(now: 30_004) == .nothing)
    #expect(session.tick(now: 30_005) == .forget)
    #expect(session.isForgotten)
  }

  @Test("packets a client may not send end the session, the others do not")
  mutating func kinds() {
    #expect(session.receive(.message, now: 0) == .message)
    for kind in [PacketKind.open, .noop, .upgrade, .pong] { #expect(session.receive(kind, now: 0) == .ignore) }
    var other = session
    var third = session
    #expect(session.receive(.ping, now: 0) == .closed(.transportError))
    #expect(other.receive(.close, now: 0) == .closed(.transportClose))
    #expect(third.receiveFailed() == .closed(.parseError))
    #expect(third.receive(.message, now: 0) == .ignore)
  }
}
