internal import Glibc

/// A plugin file that passed every check that needs none of its code to run. It stays open, so that what is loaded later can
/// be compared with what was checked.
public final class PluginFile: Sendable {
  /// The path as it was found.
  public let path: String
  /// Which ABI and compiler it was built for.
  public let note: PluginNote
  /// SHA-256 of the content, hexadecimal.
  public let sha256: String
  private let file: TrustedFile

  private init(path: String, note: PluginNote, sha256: String, file: TrustedFile) {
    self.path = path
    self.note = note
    self.sha256 = sha256
    self.file = file
  }

  /// The path without symbolic links: the one that is loaded.
  public var resolvedPath: String { file.resolvedPath }
  /// Bytes of the file.
  public var size: UInt64 { file.status.size }
  var descriptor: Int32 { file.descriptor }

  /// Opens and checks a file: place, owners and modes, ELF header and tables, note, entry symbol.
  /// - Parameters:
  ///   - folders: the folders a plugin may lie in; a link out of them is refused. Empty: any folder with safe owners.
  ///   - trust: who may own and write plugins.
  /// - Throws: the first thing that is wrong.
  public static func check(_ path: String, folders: [String] = [], trust: FileTrust = FileTrust()) throws(PluginRefusal) -> PluginFile {
    let file = try TrustedFile(path, folders: folders, trust: trust)
    let bytes = FileBytes(descriptor: file.descriptor, size: file.status.size)
    let note = try inspect(bytes, file: path)
    guard let digest = bytes.sha256() else { throw PluginRefusal(.unreadable, path, "changed while it was read") }
    return PluginFile(path: path, note: note, sha256: digest, file: file)
  }

  static func inspect(_ bytes: FileBytes, file: String) throws(PluginRefusal) -> PluginNote {
    let image: ELFImage
    do {
      image = try ELFImage(bytes)
    } catch {
      switch error {
      case .notShared(let reason): throw PluginRefusal(.notShared, file, reason)
      case .truncated(let reason): throw PluginRefusal(.truncated, file, reason)
      case .otherMachine(let machine):
        throw PluginRefusal(.otherMachine, file, "built for another machine (ELF machine \(machine), this one is \(ELFImage.hostMachine))")
      }
    }
    guard let raw = image.notes().first(where: { $0.name == Array("HUB\0".utf8) && $0.type == 1 }) else {
      throw PluginRefusal(.noNote, file, "no hub note: not a hub plugin")
    }
    let note = try PluginNote(descriptor: raw.descriptor, file: file)
    try note.check(file: file)
    if image.defines("hub_plugin_entry") == false {
      throw PluginRefusal(.noEntry, file, "does not export hub_plugin_entry (is the function public?)")
    }
    return note
  }

  static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func canonicalPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
