import Testing

@testable import Evolution

@Suite struct TypingLapsesTests {
  private let marina = TypingLapses.Place(instance: "a", conversation: "1", person: "1")

  @Test("typing lapses unless it is renewed or ended")
  func lapses() throws {
    var typing = TypingLapses()
    let generations = (0..<2).compactMap { _ in typing.notice(marina, isTyping: true) }
    let (first, second) = try (#require(generations.first), #require(generations.last))
    let ends = [first, second, second].map { typing.lapses(marina, generation: $0) }
    #expect(ends == [false, true, false])
    let renewed = typing.notice(marina, isTyping: true)
    let third = try #require(renewed)
    let ended = typing.notice(marina, isTyping: false)
    #expect(ended == nil)
    let late = typing.lapses(marina, generation: third)
    #expect(late == false)
  }

  @Test("a flood of typists is bounded, and those who were there are still served")
  func flood() {
    var typing = TypingLapses()
    var watched = 0
    for number in 0..<20_000 where typing.notice(.init(instance: "a", conversation: "\(number)", person: ""), isTyping: true) != nil {
      watched += 1
    }
    #expect(watched == TypingLapses.limit)
    let again = typing.notice(.init(instance: "a", conversation: "7", person: ""), isTyping: true)
    #expect(again != nil)
  }
}
