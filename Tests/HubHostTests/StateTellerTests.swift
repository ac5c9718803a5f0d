import Testing

@testable import HubHost
@testable import UpstreamSocket

@Suite("Which states of a connection are told")
struct StateTellerTests {
  private let up = UpstreamStanding.State(word: "connected")
  private let down = UpstreamStanding.State(word: "connecting", reason: "lost")

  @Test("equal states are told once; the first attempt is no news")
  func equal() {
    var teller = StateTeller()
    #expect(teller.changed(to: UpstreamStanding.State(word: "connecting"), now: 0) == .nothing)
    #expect(teller.changed(to: up, now: 0) == .tell(up))
    #expect(teller.changed(to: up, now: 1) == .nothing)
    #expect(teller.changed(to: down, now: 2) == .tell(down))
  }

  @Test("of many changes in a short time the last is told, once the time is over, unless it is what was told before")
  func flapping() {
    var teller = StateTeller()
    for now: Int64 in 0..<4 { #expect(teller.changed(to: now % 2 == 0 ? up : down, now: now) == .tell(now % 2 == 0 ? up : down)) }
    #expect(teller.changed(to: up, now: 4) == .wait(until: 20_000))
    for now: Int64 in 5..<100 { #expect(teller.changed(to: now % 2 == 0 ? up : down, now: now) == .nothing) }
    #expect(teller.due(now: 20_000) == .nothing, "down is what was told last")
    #expect(teller.changed(to: up, now: 20_001) == .tell(up))
  }

  @Test("what did not arrive is told again")
  func failed() {
    var teller = StateTeller()
    #expect(teller.changed(to: up, now: 0) == .tell(up))
    #expect(teller.failed(now: 0) == .wait(until: 5000))
    #expect(teller.changed(to: down, now: 1) == .nothing)
    #expect(teller.due(now: 5000) == .tell(down))
  }

  @Test("a namespace that doesn't exist yet is told apart, and counts for no failure; five real ones in a row are down")
  func standing() {
    var standing = UpstreamStanding(of: "server:1", names: ["/", "/a"])
    #expect(standing.state(of: "/b") == nil)
    for _ in 0..<20 { standing.apply(.refused(namespace: "/a", message: "Invalid namespace", data: nil, retryIn: 1)) }
    #expect(standing.state(of: "/a") == UpstreamStanding.State(word: "connecting", reason: "invalid_namespace"))
    for _ in 0..<4 { standing.apply(.refused(namespace: "/a", message: "unauthorized", data: nil, retryIn: 1)) }
    #expect(standing.state(of: "/a") == UpstreamStanding.State(word: "connecting", reason: "refused"))
    standing.apply(.refused(namespace: "/a", message: "unauthorized", data: nil, retryIn: 1))
    #expect(standing.state(of: "/a") == UpstreamStanding.State(word: "disconnected", reason: "refused"))
    #expect(standing.health?.0 == .degraded, "the other may yet come")
    standing.apply(.joined(namespace: "/a", socket: "x"))
    #expect(standing.state(of: "/a") == up && standing.joined == 1 && standing.waiting == 1)
  }

  @Test("credentials that are refused are told at once, what else ends a connection when it goes on")
  func refusedCredentials() {
    for (status, word) in [(503, "connecting"), (404, "connecting"), (403, "disconnected")] {
      var standing = UpstreamStanding(of: "server:1", names: ["/"])
      standing.apply(.disconnected(UpstreamEnd(.refused, "the server answered \(status)", status: status), retryIn: 1))
      #expect(standing.state(of: "/") == UpstreamStanding.State(word: word, reason: "refused"))
      #expect(standing.health?.0 == (word == "disconnected" ? .down : .degraded))
    }
  }
}
