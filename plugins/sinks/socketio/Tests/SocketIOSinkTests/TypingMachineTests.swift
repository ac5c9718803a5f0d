import Testing

@testable import SocketIOSink

@Suite("Typing")
struct TypingMachineTests {
  let place = TypingMachine.Place(socket: "s", conversation: "c")

  @Test("the first notice is news, a repeat within two seconds is not, a later one is again")
  func coalescing() {
    var machine = TypingMachine()
    let news = machine.notice(place, isTyping: true, now: 0)
    #expect(news)
    let news2 = machine.notice(place, isTyping: true, now: 1_999)
    #expect(!news2)
    let news3 = machine.notice(place, isTyping: true, now: 2_000)
    #expect(news3)
  }

  @Test("a stop is news once, and only after a start")
  func stop() {
    var machine = TypingMachine()
    let news = machine.notice(place, isTyping: false, now: 0)
    #expect(!news)
    _ = machine.notice(place, isTyping: true, now: 0)
    let news2 = machine.notice(place, isTyping: false, now: 1)
    #expect(news2)
    let news3 = machine.notice(place, isTyping: false, now: 2)
    #expect(!news3)
    #expect(machine.deadline == nil)
  }

  @Test("silence ends typing ten seconds after the last notice")
  func expiry() {
    var machine = TypingMachine()
    _ = machine.notice(place, isTyping: true, now: 0)
    _ = machine.notice(place, isTyping: true, now: 5_000)
    #expect(machine.deadline == 15_000)
    let ended = machine.expire(now: 14_999)
    #expect(ended.isEmpty)
    let ended2 = machine.expire(now: 15_000)
    #expect(ended2 == [place])
    let ended3 = machine.expire(now: 20_000)
    #expect(ended3.isEmpty)
  }

  @Test("a socket that goes stops typing everywhere")
  func gone() {
    var machine = TypingMachine()
    _ = machine.notice(place, isTyping: true, now: 0)
    _ = machine.notice(.init(socket: "other", conversation: "c"), isTyping: true, now: 0)
    let ended = machine.gone("s")
    #expect(ended == [place])
    let ended2 = machine.gone("s")
    #expect(ended2.isEmpty)
    let ended3 = machine.expire(now: 10_000)
    #expect(ended3.map(\.socket) == ["other"])
  }

  @Test("a socket types in eight conversations at most, and may again when one ended")
  func limit() {
    var machine = TypingMachine()
    for number in 0..<TypingMachine.limit {
      let news = machine.notice(.init(socket: "s", conversation: "\(number)"), isTyping: true, now: 0)
      #expect(news)
    }
    let news2 = machine.notice(place, isTyping: true, now: 0)
    #expect(!news2)
    _ = machine.notice(.init(socket: "s", conversation: "0"), isTyping: false, now: 0)
    let news3 = machine.notice(place, isTyping: true, now: 0)
    #expect(news3)
  }
}
