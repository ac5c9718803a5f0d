import Glibc
import HubConfig
import HubModel
import Testing

@Suite struct HostileFileTests {
  private func load(_ path: String) -> LoadResult {
    ConfigLoader.load(path: path, environment: [:], catalogue: TestCatalogue.all)
  }

  /// Resident memory of this process, in bytes.
  private func resident() throws -> Int {
    let pages = try Scratch.text("/proc/self/statm").split(separator: " ")[1]
    return (Int(pages) ?? 0) * Int(getpagesize())
  }

  /// More than the tests beside this one take, in the same process; what is guarded against takes more still.
  private let allowance = 1 << 30

  @Test("case44_a file of 100 MB, or of 5 GB, is refused by its size, at once and without memory", arguments: [100_000_000, 5_000_000_000])
  func case44_largeFile(size: Int) throws {
    let scratch = try Scratch()
    try scratch.write("hub.yaml", "version: 1\n")
    try #require(truncate(scratch.file("hub.yaml"), size) == 0)
    let before = try resident()
    let clock = ContinuousClock()
    var result: LoadResult?
    let elapsed = clock.measure { result = load(scratch.file("hub.yaml")) }
    #expect(result?.configuration == nil)
    #expect(result?.diagnostics.map(\.code) == ["too-large"])
    #expect(elapsed < .seconds(5))
    #expect(try resident() - before < allowance)
  }

  @Test("case44_an alias bomb ends with one error, at once and without memory")
  func case44_aliasBomb() throws {
    let scratch = try Scratch()
    var text = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 { text += "a\(level): &a\(level) [" + String(repeating: "*a\(level - 1), ", count: 10) + "]\n" }
    try scratch.write("hub.yaml", text)
    let before = try resident()
    let clock = ContinuousClock()
    var result: LoadResult?
    let elapsed = clock.measure { result = load(scratch.file("hub.yaml")) }
    #expect(result?.diagnostics.map(\.code) == ["too-many-nodes"])
    #expect(elapsed < .seconds(5))
    #expect(try resident() - before < allowance)
  }

  @Test("a folder, a pipe and nothing at all are refused, and none is waited for")
  func notFiles() throws {
    let scratch = try Scratch()
    try #require(mkfifo(scratch.file("pipe"), 0o600) == 0)
    for name in ["", "pipe", "absent"] {
      let result = load(scratch.file(name))
      #expect(result.configuration == nil)
      #expect(result.diagnostics.map(\.code) == ["unreadable-file"], "\(name)")
    }
  }

  @Test("a file that may not be read is refused", .enabled(if: geteuid() != 0))
  func unreadable() throws {
    let scratch = try Scratch()
    try scratch.write("hub.yaml", "version: 1\n", mode: 0)
    #expect(load(scratch.file("hub.yaml")).diagnostics.map(\.code) == ["unreadable-file"])
  }

  @Test("ten thousand mistakes give a thousand findings and a count")
  func manyMistakes() throws {
    let scratch = try Scratch()
    try scratch.write("hub.yaml", "version: 1\n" + (0..<10_000).map { "k\($0): 1\n" }.joined())
    let result = load(scratch.file("hub.yaml"))
    #expect(result.diagnostics.count == 1001)
    #expect(result.diagnostics.last?.code == "too-many-findings")
  }

  @Test("no prefix of the sample crashes the reader")
  func truncations() throws {
    let bytes = try Scratch.read(HubInitTests.repositoryFile)
    let scratch = try Scratch()
    for end in stride(from: 0, to: bytes.count, by: 37) {
      try scratch.write("hub.yaml", Array(bytes[..<end]))
      _ = CheckReport(file: "hub.yaml", result: load(scratch.file("hub.yaml"))).text
    }
  }
}
