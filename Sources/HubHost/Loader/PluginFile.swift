internal import Glibc

/// A plugin file that passed every check that needs none of its code to run. It stays open, so that what is loaded later can
/// be compared with what was checked.
public final class PluginFile: Sendable {
  /// The path as it was found.
  public let path: String
  /// The path without symbolic links: the one that is loaded.
  public let resolvedPath: String
  /// Which ABI and compiler it was built for.
  public let note: PluginNote
  /// SHA-256 of the content, hexadecimal.
  public let sha256: String
  /// Bytes of the file.
  public let size: UInt64
  let descriptor: Int32

  init(path: String, resolvedPath: String, note: PluginNote, sha256: String, size: UInt64, descriptor: Int32) {
    self.path = path
    self.resolvedPath = resolvedPath
    self.note = note
    self.sha256 = sha256
    self.size = size
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens and checks a file: place, owners and modes, ELF header and tables, note, entry symbol.
  /// - Parameters:
  ///   - folders: the folders a plugin may lie in; a link out of them is refused. Empty: any folder with safe owners.
  ///   - trust: who may own and write plugins.
  /// - Throws: the first thing that is wrong.
  public static func check(_ path: String, folders: [String] = [], trust: FileTrust = FileTrust()) throws(PluginRefusal) -> PluginFile {
    guard let resolved = canonicalPath(path) else { throw PluginRefusal(.unreadable, path, reason(errno)) }
    let roots = folders.compactMap(canonicalPath)
    if !folders.isEmpty, !roots.contains(where: { resolved.hasPrefix($0 == "/" ? "/" : $0 + "/") }) {
      throw PluginRefusal(.outside, path, "is a symbolic link to \(resolved), outside the folders of plugins.path")
    }
    // The link's own folder too: who can write there chooses which file is loaded.
    if let folder = canonicalPath(parent(of: path)), folder != parent(of: resolved) { try trust.checkFolders(from: folder, file: path) }

    let descriptor = open(resolved, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw PluginRefusal(.unreadable, path, reason(errno)) }
    var keep = false
    defer { if !keep { close(descriptor) } }
    guard let status = FileStatus(descriptor: descriptor) else { throw PluginRefusal(.unreadable, path, reason(errno)) }
    guard status.isRegular else { throw PluginRefusal(.notShared, path, "not a regular file") }
    try trust.checkFile(status, resolved: resolved, file: path)
    try trust.checkFolders(from: parent(of: resolved), file: path)

    let bytes = FileBytes(descriptor: descriptor, size: status.size)
    let note = try inspect(bytes, file: path)
    guard let digest = bytes.sha256() else { throw PluginRefusal(.unreadable, path, "changed while it was read") }
    keep = true
    return PluginFile(
      path: path, resolvedPath: resolved, note: note, sha256: digest, size: bytes.size, descriptor: descriptor)
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
