import Testing

@testable import UpstreamSocket

@Suite("Reconnection")
struct ReconnectScheduleTests {
  @Test("waits double from one second to thirty and stay there, for ever")
  func doubling() {
    var schedule = ReconnectSchedule()
    let waits = (0..<200).map { _ in schedule.next(random: 0.5) }
    #expect(waits.prefix(7) == [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    #expect(waits.allSatisfy { $0 <= 30_000 && $0 > 0 })
    schedule.reset()
    #expect(schedule.next(random: 0.5) == 1000)
  }

  @Test("the jitter is a fifth either way")
  func jitter() {
    for (random, wait) in [(0.0, Int64(800)), (0.25, 900), (0.75, 1100)] {
      var schedule = ReconnectSchedule()
      #expect(schedule.next(random: random) == wait)
    }
    var schedule = ReconnectSchedule()
    for _ in 0..<1000 {
      schedule.reset()
      #expect((800...1200).contains(schedule.next(random: .random(in: 0..<1))))
    }
  }

  @Test("large first waits don't overflow")
  func overflow() {
    var schedule = ReconnectSchedule(first: .max / 2, most: .max / 2, jitter: 0)
    for _ in 0..<5 { #expect(schedule.next(random: 0) > 0) }
  }
}

@Suite("Server addresses")
struct UpstreamURLTests {
  @Test(
    "schemes, ports and brackets",
    arguments: [
      ("ws://a", false, "a", 80, "a"), ("http://a:3333/", false, "a", 3333, "a:3333"),
      ("wss://b.example", true, "b.example", 443, "b.example"),
      ("https://[::1]:9", true, "::1", 9, "[::1]:9"), ("HTTPS://[::1]", true, "::1", 443, "[::1]"),
    ])
  func parses(text: String, isSecure: Bool, host: String, port: Int, authority: String) throws {
    let url = try #require(UpstreamURL(text))
    #expect(url.isSecure == isSecure && url.host == host && url.port == port && url.authority == authority)
  }

  @Test(
    "what is no server address",
    arguments: ["", "a", "ftp://a", "ws://", "ws://a:0", "ws://a:x", "ws://a/b", "ws://u@a", "ws://a b", "ws://[::1]x", "ws://a?b"])
  func refuses(text: String) { #expect(UpstreamURL(text) == nil) }
}
