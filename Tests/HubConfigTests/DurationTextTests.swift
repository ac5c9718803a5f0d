import Testing

@testable import HubConfig

@Suite struct DurationTextTests {
  @Test(
    "durations take one or several units",
    arguments: [
      ("250ms", Duration.milliseconds(250)), ("25s", .seconds(25)), ("2m", .seconds(120)), ("90d", .seconds(7_776_000)),
      ("1h30m", .seconds(5400)), ("2w", .seconds(1_209_600)), ("0s", .zero),
    ])
  func parses(_ text: String, _ duration: Duration) {
    #expect(DurationText.parse(text) == duration)
  }

  @Test("what is no duration is refused", arguments: ["", "5", "s", "5 s", "-5s", "5x", "5.5s", "99999999999999999d", "٥s", "1h30"])
  func refuses(_ text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test("a duration is shown with the largest unit that fits")
  func renders() {
    #expect(DurationText.render(.seconds(7_776_000)) == "90d")
    #expect(DurationText.render(.milliseconds(1500)) == "1500ms")
    #expect(DurationText.render(.zero) == "0s")
  }
}
