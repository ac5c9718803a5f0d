/// Finds plugin files: `lib<plugin>.so` in the folders of `plugins.path`, the first hit.
public struct PluginFinder: Sendable {
  /// The folders, in the order they are searched.
  public let folders: [String]
  /// Who may own and write plugins.
  public let trust: FileTrust
  /// The files that came with the hub.
  public let bundled: BundledPlugins

  /// A finder over these folders.
  public init(folders: [String], trust: FileTrust = FileTrust(), bundled: BundledPlugins = .none) {
    self.folders = folders
    self.trust = trust
    self.bundled = bundled
  }

  /// The path of a plugin's file, unchecked.
  /// - Throws: ``PluginRefusal`` `badName` or `notFound`.
  public func find(_ plugin: String) throws(PluginRefusal) -> String {
    guard Self.isName(plugin) else {
      throw PluginRefusal(.badName, plugin, "not a plugin name: lower-case letters, digits, '-' and '_', at most 64")
    }
    for folder in folders {
      let path = folder + "/lib\(plugin).so"
      // A dangling link is a hit with its own error, not a reason to look further.
      if FileStatus.exists(path) { return path }
    }
    throw PluginRefusal(
      .notFound, "lib\(plugin).so", folders.isEmpty ? "plugins.path is empty" : "not found in \(folders.joined(separator: ", "))")
  }

  /// Finds and checks a plugin's file.
  public func open(_ plugin: String) throws(PluginRefusal) -> PluginFile {
    try PluginFile.check(find(plugin), folders: folders, trust: trust)
  }

  /// Every name with a file in some folder, sorted, the first hit of each.
  public func names() -> [String] {
    var names: Set<String> = []
    for folder in folders {
      for file in FolderListing.names(folder) {
        guard file.hasPrefix("lib"), file.hasSuffix(".so") else { continue }
        let name = String(file.dropFirst(3).dropLast(3))
        if Self.isName(name) { names.insert(name) }
      }
    }
    return names.sorted()
  }

  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
    let isPlain = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    return isPlain(first) && name.utf8.allSatisfy { isPlain($0) || $0 == 0x2D || $0 == 0x5F }
  }
}
