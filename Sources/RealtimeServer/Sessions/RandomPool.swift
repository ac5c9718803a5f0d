import Glibc

/// Random numbers of the system, fetched many at a time: one system call serves a dozen keys.
struct RandomPool: RandomNumberGenerator {
  // The kernel gives up to 256 bytes at once, whole or not at all (getentropy(3)).
  private var words = [UInt64](repeating: 0, count: 32)
  private var left = 0

  mutating func next() -> UInt64 {
    if left == 0 { fill() }
    left -= 1
    defer { words[left] = 0 }
    return words[left]
  }

  private mutating func fill() {
    left = words.count
    let isFilled = words.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { getentropy($0, bytes.count) == 0 } ?? false }
    guard isFilled == false else { return }
    var system = SystemRandomNumberGenerator()
    for index in words.indices { words[index] = system.next() }
  }
}
