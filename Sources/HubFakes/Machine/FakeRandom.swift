/// Where ids come from: the system's random numbers, or the same ones at every run (SplitMix64).
struct FakeRandom: RandomNumberGenerator, Sendable {
  private var seed: UInt64?
  private var system = SystemRandomNumberGenerator()

  init(seed: UInt64? = nil) { self.seed = seed }

  mutating func next() -> UInt64 {
    guard let last = seed else { return system.next() }
    let state = last &+ 0x9E37_79B9_7F4A_7C15
    seed = state
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Upper-case hexadecimal digits.
  mutating func hex(_ count: Int) -> String { text(count, of: "0123456789ABCDEF") }

  /// Decimal digits, the first of which is no zero.
  mutating func digits(_ count: Int) -> String { text(1, of: "123456789") + text(count - 1, of: "0123456789") }

  mutating func text(_ count: Int, of alphabet: String) -> String {
    let alphabet = Array(alphabet)
    return String((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &self)] })
  }
}
