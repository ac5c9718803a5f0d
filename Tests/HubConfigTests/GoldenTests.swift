import Testing

@Suite struct GoldenTests {
  @Test("hub check prints what the case expects", arguments: GoldenCase.all)
  func prints(_ golden: GoldenCase) throws {
    let actual = try golden.output()
    if GoldenCase.regenerates { try golden.write(expected: actual) }
    let mismatch = GoldenCase.mismatch(expected: try golden.expected(), actual: actual)
    #expect(mismatch == nil, "\(mismatch ?? "")")
  }

  @Test("there are at least forty cases")
  func thereAreEnough() {
    #expect(GoldenCase.all.count >= 40)
  }

  @Test("a report that differs by one character fails")
  func aMismatchFails() throws {
    let golden = try #require(GoldenCase.all.first { $0.name == "unknown-key" })
    let actual = try golden.output()
    let planted = actual.replacing("error[", with: "errer[")
    #expect(GoldenCase.mismatch(expected: planted, actual: actual) != nil)
  }
}
