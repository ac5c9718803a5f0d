import Glibc
import HubConfig
import Testing

/// One folder below Golden: `hub.yaml`, further files, `expected.txt`, and `setup` with what git cannot keep:
/// `env NAME=VALUE`, `mode PATH 644`, `remove PATH`, `write PATH TEXT`, and `show` to append the effective values.
///
/// Every case finds the three secrets of the sample in data/secrets unless it says otherwise.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/") + "/Golden"
  /// `HUB_REGENERATE_GOLDEN=1 swift test --filter Golden` writes what is printed as what is expected.
  static let regenerates = getenv("HUB_REGENERATE_GOLDEN") != nil
  static let all = Scratch.names(in: root).filter { Scratch.isFolder("\(root)/\($0)") }.map(GoldenCase.init)

  let name: String

  var testDescription: String { name }
  private var folder: String { "\(Self.root)/\(name)" }
  private var expectedFile: String { "\(folder)/expected.txt" }

  func expected() throws -> String { try Scratch.text(expectedFile) }

  func write(expected text: String) throws {
    guard let stream = fopen(expectedFile, "w") else { throw ScratchError() }
    fputs(text, stream)
    fclose(stream)
  }

  func output() throws -> String {
    let scratch = try Scratch()
    for (name, text) in [
      ("jwt", "0123456789abcdef0123456789abcdef"), ("meta-verify-token", "verify-me"), ("meta-app-secret", "app-secret"),
    ] {
      try scratch.write("data/secrets/\(name)", text + "\n")
    }
    try copy(folder, to: scratch, as: "")
    let setup = (try? Scratch.text("\(folder)/setup")) ?? ""
    var environment: [String: String] = [:]
    var shows = false
    for line in setup.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      switch words[0] {
      case "env":
        let pair = line.dropFirst(4).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        environment[pair[0]] = pair[1].replacing("$DIR", with: scratch.path)
      case "mode": chmod(scratch.file(words[1]), mode_t(words[2], radix: 8) ?? 0)
      case "remove": unlink(scratch.file(words[1]))
      case "write": try scratch.write(words[1], words.count > 2 ? words[2] : "")
      case "show": shows = true
      default: throw ScratchError()
      }
    }
    let file = scratch.file("hub.yaml")
    let result = ConfigLoader.load(path: file, environment: environment, catalogue: TestCatalogue.all, toServe: false)
    var text = CheckReport(file: file, result: result).text
    if shows, let effective = EffectiveConfig(result) { text += effective.text }
    return text.replacing(scratch.path + "/", with: "")
  }

  /// What differs, or nil.
  static func mismatch(expected: String, actual: String) -> String? {
    guard expected != actual else { return nil }
    return "expected:\n\(expected)\nactual:\n\(actual)"
  }

  private func copy(_ source: String, to scratch: Scratch, as path: String) throws {
    for name in Scratch.names(in: source) where !["expected.txt", "setup"].contains(name) {
      let target = path.isEmpty ? name : "\(path)/\(name)"
      if Scratch.isFolder("\(source)/\(name)") {
        try copy("\(source)/\(name)", to: scratch, as: target)
      } else {
        try scratch.write(target, try Scratch.read("\(source)/\(name)"))
      }
    }
  }
}
