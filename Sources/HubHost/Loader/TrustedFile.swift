internal import Glibc

/// An open regular file that nobody but root and the hub's user could have written, nor put in its place.
final class TrustedFile: Sendable {
  let resolvedPath: String
  let status: FileStatus
  let descriptor: Int32

  /// Opens and checks a file.
  /// - Parameter folders: the folders it may lie in; a link out of them is refused. Empty: any folder with safe owners.
  init(_ path: String, folders: [String] = [], trust: FileTrust) throws(PluginRefusal) {
    guard let resolved = PluginFile.canonicalPath(path) else { throw PluginRefusal(.unreadable, path, PluginFile.reason(errno)) }
    let roots = folders.compactMap(PluginFile.canonicalPath)
    if !folders.isEmpty, !roots.contains(where: { resolved.hasPrefix($0 == "/" ? "/" : $0 + "/") }) {
      throw PluginRefusal(.outside, path, "is a symbolic link to \(resolved), outside the folders of plugins.path")
    }
    // The link's own folder too: who can write there chooses which file is opened.
    if let folder = PluginFile.canonicalPath(PluginFile.parent(of: path)), folder != PluginFile.parent(of: resolved) {
      try trust.checkFolders(from: folder, file: path)
    }
    let descriptor = open(resolved, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw PluginRefusal(.unreadable, path, PluginFile.reason(errno)) }
    guard let status = FileStatus(descriptor: descriptor) else {
      let code = errno
      close(descriptor)
      throw PluginRefusal(.unreadable, path, PluginFile.reason(code))
    }
    // From here on `deinit` closes it.
    self.resolvedPath = resolved
    self.status = status
    self.descriptor = descriptor
    guard status.isRegular else { throw PluginRefusal(.notShared, path, "not a regular file") }
    try trust.checkFile(status, resolved: resolved, file: path)
    try trust.checkFolders(from: PluginFile.parent(of: resolved), file: path)
  }

  deinit { close(descriptor) }
}
