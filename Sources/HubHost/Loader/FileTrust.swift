internal import Glibc

/// Who may own plugin files and the folders above them, and that nobody else may write there.
public struct FileTrust: Sendable {
  /// Users whose files are trusted: root and the hub's own.
  public var users: Set<UInt32>

  /// Root and the user this process runs as.
  public init() { users = [0, geteuid()] }

  /// Just these users.
  public init(users: Set<UInt32>) { self.users = users }

  /// Why a folder cannot keep what only the hub may write; nil when it belongs to these users and nobody else may write there.
  public func refusal(ofFolder folder: String) -> String? {
    guard let status = FileStatus(path: folder) else { return "cannot be looked at: \(PluginFile.reason(errno))" }
    guard users.contains(status.owner) else {
      let command = "chown \(geteuid()) '\(folder)' && chmod go-w '\(folder)'"
      return "belongs to user \(status.owner), neither root nor the hub's user; run: \(command)"
    }
    return status.othersMayWrite ? modeRefusal(status, of: folder, file: folder).reason : nil
  }

  func checkFile(_ status: FileStatus, resolved: String, file: String) throws(PluginRefusal) {
    guard users.contains(status.owner) else { throw ownerRefusal(status, of: resolved, file: file) }
    guard !status.othersMayWrite else { throw modeRefusal(status, of: resolved, file: file) }
  }

  /// Checks a folder and every folder above it. A folder of root with the sticky bit passes: others cannot rename what is in it.
  func checkFolders(from folder: String, file: String) throws(PluginRefusal) {
    var folder = folder
    while true {
      guard let status = FileStatus(path: folder) else { throw PluginRefusal(.unreadable, file, "\(folder): \(PluginFile.reason(errno))") }
      let stickyOfRoot = status.owner == 0 && status.isSticky
      if !stickyOfRoot {
        guard users.contains(status.owner) else { throw ownerRefusal(status, of: folder, file: file) }
        guard !status.othersMayWrite else { throw modeRefusal(status, of: folder, file: file) }
      }
      if folder == "/" || folder == "." { return }
      folder = PluginFile.parent(of: folder)
    }
  }

  private func ownerRefusal(_ status: FileStatus, of path: String, file: String) -> PluginRefusal {
    let subject = path == file ? "belongs" : "\(path) belongs"
    return PluginRefusal(
      .owner, file,
      "\(subject) to user \(status.owner), neither root nor the hub's user; run: chown root '\(path)' && chmod go-w '\(path)'")
  }

  private func modeRefusal(_ status: FileStatus, of path: String, file: String) -> PluginRefusal {
    let who = status.permissions & 0o002 != 0 ? "everyone" : "its group"
    let subject = path == file ? "may be written by" : "\(path) may be written by"
    return PluginRefusal(
      .mode, file, "\(subject) \(who) (mode \(String(status.permissions, radix: 8))); run: chmod go-w '\(path)'")
  }
}
