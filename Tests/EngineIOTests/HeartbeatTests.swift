import EngineIO
import Testing

@Suite("The heartbeat")
struct HeartbeatTests {
  var session = EngineSession(transport: .webSocket, timing: SessionTiming(pingInterval: 300, pingTimeout: 200), now: 1000)

  @Test("the first ping leaves an interval after the handshake, the next an interval after the pong")
  mutating func interval() {
    #expect(session.tick(now: 1299) == .nothing)
    #expect(session.tick(now: 1300) == .ping)
    #expect(session.receive(.pong, now: 1450) == .ignore)
    #expect(session.deadline == 1750)
    #expect(session.tick(now: 1600) == .nothing)
    #expect(session.tick(now: 1750) == .ping)
  }

  @Test("only a pong stops the timeout, other traffic does not")
  mutating func onlyPong() {
    #expect(session.tick(now: 1300) == .ping)
    #expect(session.receive(.message, now: 1400) == .message)
    #expect(session.send() == .webSocket)
    #expect(session.tick(now: 1499) == .nothing)
    #expect(session.tick(now: 1500) == .pingTimeout)
    #expect(session.closeReason == .pingTimeout)
    #expect(session.tick(now: 1600) == .nothing)
    #expect(session.deadline == nil)
  }

  @Test("the timeout also runs while the ping waits for a poll")
  func polling() {
    var session = EngineSession(transport: .polling, timing: SessionTiming(pingInterval: 300, pingTimeout: 200), now: 0)
    #expect(session.tick(now: 300) == .ping)
    #expect(session.send() == .buffer)
    #expect(session.tick(now: 500) == .pingTimeout)
    #expect(session.poll(hasData: true) == .refuse(.sessionUnknown))
  }

  @Test("a pong nobody asked for is harmless")
  mutating func unasked() {
    #expect(session.receive(.pong, now: 1100) == .ignore)
    #expect(session.deadline == 1300)
    #expect(session.tick(now: 1300) == .ping)
  }
}
