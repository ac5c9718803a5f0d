internal import Glibc

/// Remembers, across crashes of the process, which plugin was being loaded or started when it went down.
///
/// A mark is written before a plugin's code first runs and removed once it started or failed in good order. Marks that were
/// left behind are counted; a plugin whose mark was left `limit` times in a row is not loaded again until its file changes or
/// the mark is removed. More than one, because a hub that is killed or loses power while it starts leaves marks as well; one that is
/// stopped while it starts takes them away itself.
public struct Quarantine: Sendable {
  /// The folder of the marks.
  public let folder: String
  /// How many marks in a row keep a plugin out.
  public let limit: Int

  /// Marks in `folder`, which is made when it is missing.
  public init(folder: String, limit: Int = 3) {
    self.folder = folder
    self.limit = max(limit, 1)
  }

  /// Whether an earlier process left a mark behind.
  var hasMarks: Bool { FolderListing.names(folder).contains { $0.hasPrefix("loading-") } }

  /// Called before the plugin's code runs.
  /// - Throws: ``PluginRefusal`` `quarantined` when it was the last thing running too often.
  public func enter(_ adapter: String, plugin: String, sha256: String) throws(PluginRefusal) {
    mkdir(folder, 0o700)
    let path = mark(adapter, plugin)
    let left = crashes(path, sha256: sha256)
    if left >= limit {
      throw PluginRefusal(
        .quarantined, plugin,
        "the hub went down \(left) times in a row while \(adapter) was starting; replace the plugin, or try it again: rm '\(path)'")
    }
    write(path, "\(sha256) \(left + 1)\n")
  }

  /// Called when the plugin started, or failed without taking the process down.
  public func leave(_ adapter: String, plugin: String) { unlink(mark(adapter, plugin)) }

  /// How many starts in a row ended while a plugin was loaded or started for an adapter, whatever its content was.
  public func crashes(of adapter: String, plugin: String) -> Int { crashes(mark(adapter, plugin), sha256: nil) }

  /// The marks that keep this content of a plugin out of the hub; removing one lets its adapter try again.
  public func marks(keepingOut plugin: String, sha256: String) -> [String] {
    FolderListing.names(folder).filter { $0.hasPrefix("loading-\(plugin)-") }.sorted().map { "\(folder)/\($0)" }
      .filter { crashes($0, sha256: sha256) >= limit }
  }

  private func mark(_ adapter: String, _ plugin: String) -> String {
    // An adapter's id is free text of the config: only what cannot leave the folder goes into the name.
    let id = adapter.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" }
    return "\(folder)/loading-\(plugin)-\(String(id))"
  }

  private func crashes(_ mark: String, sha256: String?) -> Int {
    let descriptor = open(mark, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 256)
    let got = pread(descriptor, &text, text.count, 0)
    let fields = String(decoding: text.prefix(max(got, 0)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, sha256 == nil || String(fields[0]) == sha256 else { return 0 }
    return Int(fields[1]) ?? 0
  }

  private func write(_ mark: String, _ text: String) {
    let descriptor = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    fsync(descriptor)
  }
}
