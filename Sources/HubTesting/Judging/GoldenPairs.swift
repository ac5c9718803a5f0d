internal import Foundation

/// The golden pairs of a plugin: NAME.json is what arrives, NAME.expected.json what it becomes.
public struct GoldenPairs: Sendable {
  private static let expectedSuffix = ".expected.json"
  private let folder: URL

  /// The names of the cases, in order.
  public let names: [String]

  /// The folder `Cases`, or one in it, of the plugin whose tests have this file, in `Tests/TARGET`.
  public init(ofTestsAt file: String, in subfolder: String = "") {
    let plugin = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    folder = plugin.appending(path: "Cases").appending(path: subfolder)
    let cases = Self.files(folder).filter { $0.hasSuffix(".json") && !$0.hasSuffix(Self.expectedSuffix) }
    names = cases.map { String($0.dropLast(5)) }.sorted()
  }

  /// The content of a file in the folder.
  public func bytes(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: file))) }

  /// What a case is expected to become. With `HUB_WRITE_CASES=1` in the environment it is written anew first: read the difference before
  /// committing it.
  public func expected(_ name: String, now actual: String) throws -> String {
    if ProcessInfo.processInfo.environment["HUB_WRITE_CASES"] == "1" {
      try Data(actual.utf8).write(to: folder.appending(path: name + Self.expectedSuffix))
    }
    return String(decoding: try bytes(name + Self.expectedSuffix), as: UTF8.self)
  }

  /// The names of all cases that have an expected file.
  public var expectations: Set<String> {
    Set(Self.files(folder).filter { $0.hasSuffix(Self.expectedSuffix) }.map { String($0.dropLast(Self.expectedSuffix.count)) })
  }

  private static func files(_ folder: URL) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }
}
