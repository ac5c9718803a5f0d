// The members of `dirent` belong to whichever of these two modules the compiler met first.
internal import CoreFoundation
internal import Glibc

enum FolderListing {
  /// The names in a folder, in no order; none when it cannot be read.
  static func names(_ folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }
}
