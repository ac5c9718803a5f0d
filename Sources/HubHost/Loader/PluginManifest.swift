/// The manifest of bundled plugins as `sha256sum` writes it: a line for each file of digest, two spaces, file name.
enum PluginManifest {
  /// The digests it lists.
  /// - Throws: ``PluginRefusal`` that names the first line that is none; `path` is only for its text.
  static func digests(in text: [UInt8], path: String) throws(PluginRefusal) -> Set<String> {
    var digests: Set<String> = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      let digest = line.prefix { $0 != UInt8(ascii: " ") }
      guard digest.count == 64, digest.allSatisfy(isDigit), line.dropFirst(64).starts(with: "  ".utf8) else {
        throw PluginRefusal(.badManifest, path, "line \(index + 1) is not a digest and a file name; scripts/plugin-manifest writes it")
      }
      digests.insert(String(decoding: digest, as: UTF8.self))
    }
    return digests
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
