import HubPluginSDK
import Testing

@testable import MetaCloud

@Suite struct StandingsTests {
  private static let refused = Verdict(outcome: .down(code: "190", text: "the access token is refused"), standing: .tokenRefused)
  private static let stopped = Verdict(outcome: .down(code: "131031", text: "locked"), standing: .stopped)
  private static let fine = Verdict(outcome: .accepted(providerMessageID: "wamid.1"), standing: .fine)
  private static let (old, new): ([UInt8], [UInt8]) = ([1], [2])

  @Test("a refused token is told once, however many sends find it out")
  func once() {
    var standings = Standings()
    let changes = (0..<5).map { standings.learn(Self.refused, account: "\($0)", digest: Self.old, nowMs: 1000 + $0) }
    #expect(changes == [[.tokenRefused(detail: "190: the access token is refused")], [], [], [], []])
    #expect(standings.trouble?.isDown == true)
  }

  @Test("while it is refused one request a second finds out whether it still is")
  func probes() {
    var standings = Standings()
    let before = (0..<3).map { standings.lets(digest: Self.old, nowMs: $0) }
    #expect(before == [true, true, true])
    _ = standings.learn(Self.refused, account: "1", digest: Self.old, nowMs: 1000)
    let times: [Int64] = [1000, 1999, 2000, 2001, 2999, 3000]
    let lets = times.map { standings.lets(digest: Self.old, nowMs: $0) }
    #expect(lets == [false, false, true, false, false, true])
  }

  @Test("another token is tried at once, and is news when it is refused as well")
  func replaced() {
    var standings = Standings()
    _ = standings.learn(Self.refused, account: "1", digest: Self.old, nowMs: 1000)
    let lets = standings.lets(digest: Self.new, nowMs: 1001)
    #expect(lets)
    let again = standings.learn(Self.refused, account: "1", digest: Self.new, nowMs: 1002)
    #expect(again == [.tokenRefused(detail: "190: the access token is refused")])
  }

  @Test("a token that was replaced, or is taken again, ends the trouble once")
  func back() {
    var standings = Standings()
    _ = standings.learn(Self.refused, account: "1", digest: Self.old, nowMs: 1000)
    let looks = [Self.old, Self.new, Self.new].map { standings.look(digest: $0) }
    #expect(looks == [[], [.tokenBack], []])
    _ = standings.learn(Self.refused, account: "1", digest: Self.old, nowMs: 2000)
    let accepted = [1, 2].map { _ in standings.learn(Self.fine, account: "1", digest: Self.old, nowMs: 3000) }
    #expect(accepted == [[.tokenBack], []])
    #expect(standings.trouble == nil)
  }

  @Test("one number in trouble is told by name and does not take the others down")
  func oneNumber() {
    var standings = Standings()
    let first = standings.learn(Self.stopped, account: "1", digest: Self.old, nowMs: 1000)
    let second = standings.learn(Self.stopped, account: "1", digest: Self.old, nowMs: 1001)
    #expect(first == [.stopped(account: "1", detail: "131031: locked")] && second.isEmpty)
    #expect(standings.trouble?.isDown == false)
    #expect(standings.trouble?.detail == "1: 131031: locked")
    let other = standings.learn(Self.fine, account: "2", digest: Self.old, nowMs: 1002)
    #expect(other.isEmpty && standings.trouble != nil)
    let back = standings.learn(Self.fine, account: "1", digest: Self.old, nowMs: 1003)
    #expect(back == [.back(account: "1")] && standings.trouble == nil)
  }

  @Test("the indicator is asked for once while it is shown")
  func typing() {
    var repeats = TypingRepeats()
    let times: [Int64] = [0, 3000, 19_999, 20_000]
    #expect(times.map { repeats.shows("wamid.1", in: "c", nowMs: $0) } == [true, false, false, true])
    let another = repeats.shows("wamid.2", in: "c", nowMs: 20_001)
    let elsewhere = repeats.shows("wamid.2", in: "d", nowMs: 20_001)
    #expect(another && elsewhere)
    repeats.forget("c")
    let after = repeats.shows("wamid.2", in: "c", nowMs: 20_002)
    #expect(after)
  }
}
