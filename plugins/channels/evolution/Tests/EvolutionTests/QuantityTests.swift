import Testing

@testable import Evolution

@Suite struct QuantityTests {
  @Test(
    "sizes",
    arguments: [
      ("0", 0), ("512", 512), ("1KB", 1000), ("1KiB", 1024), ("64mib", 64 << 20), ("", nil), ("x", nil), ("1XB", nil), ("99999999TiB", nil),
    ]
      as [(String, UInt64?)])
  func sizes(_ text: String, _ bytes: UInt64?) { #expect(Quantity.bytes(text) == bytes) }

  @Test(
    "durations",
    arguments: [("0s", 0), ("250ms", 250), ("1h30m", 5_400_000), ("7d", 604_800_000), ("", nil), ("5", nil), ("s", nil), ("1y", nil)]
      as [(String, Int64?)])
  func durations(_ text: String, _ milliseconds: Int64?) { #expect(Quantity.milliseconds(text) == milliseconds) }
}
