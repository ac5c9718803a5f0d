/// Texts of paths, without looking at the disk.
enum Paths {
  /// The path as seen from a folder, without a final slash; an absolute one stays.
  static func resolve(_ path: String, in folder: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if path.hasPrefix("/") { return path }
    let plain = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    guard plain != ".", !plain.isEmpty else { return folder }
    if folder == "." { return plain }
    return folder.hasSuffix("/") ? folder + plain : "\(folder)/\(plain)"
  }

  /// The folder of a file's path: `.` for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// As one word of a shell command.
  static func shellQuoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+:@,".contains($0)) }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
