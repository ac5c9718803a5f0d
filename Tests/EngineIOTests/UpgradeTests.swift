import EngineIO
import Testing

@Suite("An upgrade")
struct UpgradeTests {
  var session = EngineSession(transport: .polling, timing: SessionTiming(), now: 0)

  @Test("from the probe's answer on, every poll is freed until the client has moved")
  mutating func noops() {
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.probe(now: 1) == true)
    #expect(session.probePacket(.ping, isProbe: true, now: 2) == .answerProbe(freesPoll: true))
    #expect(session.poll(hasData: false) == .noop)
    #expect(session.poll(hasData: false) == .noop)
    #expect(session.probePacket(.upgrade, isProbe: false, now: 3) == .upgraded(freesPoll: false))
    #expect(session.transport == .webSocket)
    #expect(session.poll(hasData: false) == .refuse(.badRequest))
    #expect(session.post() == .refuse(.badRequest))
    #expect(session.closeReason == nil)
  }

  @Test("application packets leave by polling or wait, never by the websocket before it is the transport")
  mutating func traffic() {
    #expect(session.probe(now: 1) == true)
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.send() == .answerPoll)
    #expect(session.answerPoll() == true)
    #expect(session.probePacket(.ping, isProbe: true, now: 2) == .answerProbe(freesPoll: false))
    #expect(session.send() == .buffer)
    #expect(session.poll(hasData: true) == .answer)
    #expect(session.send() == .buffer)
    #expect(session.probePacket(.upgrade, isProbe: false, now: 3) == .upgraded(freesPoll: false))
    #expect(session.send() == .webSocket)
  }

  @Test("a second websocket is refused while upgrading and after, the session unharmed")
  mutating func secondWebSocket() {
    #expect(session.probe(now: 1) == true)
    #expect(session.probe(now: 1) == false)
    #expect(session.probePacket(.upgrade, isProbe: false, now: 3) == .upgraded(freesPoll: false))
    #expect(session.probe(now: 1) == false)
    #expect(session.closeReason == nil)
  }

  @Test("a wrong first packet or a lost probe leaves polling as it was, and a fresh probe works")
  mutating func abandoned() {
    #expect(session.probe(now: 1) == true)
    #expect(session.probePacket(.message, isProbe: false, now: 2) == .abandon)
    #expect(session.probe(now: 3) == true)
    session.probeLost()
    #expect(session.poll(hasData: false) == .hold)
    #expect(session.probe(now: 4) == true)
    #expect(session.probePacket(.ping, isProbe: false, now: 5) == .abandon)
    #expect(session.isPolled)
  }

  @Test("without an upgrade packet in time only the websocket is closed")
  mutating func timeout() {
    #expect(session.probe(now: 1) == true)
    #expect(session.deadline == 10_001)
    #expect(session.tick(now: 10_001) == .upgradeTimeout)
    #expect(session.closeReason == nil)
    #expect(session.transport == .polling)
    #expect(session.deadline == 25_000)
  }

  @Test("a ping timeout in progress is discarded, and pings go on")
  mutating func heartbeat() {
    #expect(session.tick(now: 25_000) == .ping)
    #expect(session.probe(now: 25_001) == true)
    #expect(session.probePacket(.upgrade, isProbe: false, now: 26_000) == .upgraded(freesPoll: false))
    #expect(session.tick(now: 45_000) == .nothing)
    #expect(session.tick(now: 51_000) == .ping)
  }

  @Test("a session that may not upgrade refuses the probe")
  func forbidden() {
    var session = EngineSession(transport: .polling, allowsUpgrade: false, timing: SessionTiming(), now: 0)
    #expect(session.probe(now: 1) == false)
  }

  @Test("a session that began on a websocket has no other transport")
  func webSocketSession() {
    var session = EngineSession(transport: .webSocket, timing: SessionTiming(), now: 0)
    #expect(session.probe(now: 1) == false)
    #expect(session.send() == .webSocket)
    #expect(session.close(now: 2, hasData: false) == .closeWebSocket)
    #expect(session.close(now: 2, hasData: false) == .nothing)
    #expect(session.webSocketLost(.transportClose) == false)
  }
}
