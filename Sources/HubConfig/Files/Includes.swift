import Glibc
import HubModel

/// Merges the files that `include` names into the tree of hub.yaml.
struct Includes {
  static let maxFiles = 256

  let main: String
  let environment: [String: String]
  let report: Report

  /// The tree with the entries of every included file. Maps merge by key; a key given twice is an error.
  func merge(into root: ConfigNode) -> ConfigNode {
    guard var entries = root.entries, let include = root.value(of: "include") else { return root }
    var seen: Set<[UInt64]> = []
    if let file = try? FileReader(main) { seen.insert(file.identity) }
    for node in patterns(include) {
      guard let pattern = node.scalar?.text, !pattern.isEmpty else { continue }
      for path in files(matching: pattern, at: node.place) {
        guard let included = tree(of: path, at: node.place, seen: &seen) else { continue }
        merge(included, into: &entries, path: [])
      }
    }
    return ConfigNode(place: root.place, content: .mapping(entries))
  }

  private func patterns(_ node: ConfigNode) -> [ConfigNode] {
    if case .sequence(let items) = node.content { items } else { [node] }
  }

  private func files(matching pattern: String, at place: Diagnostic.Place) -> [String] {
    let folder = pattern.hasPrefix("/") ? "" : Paths.folder(of: main)
    let escaped = folder.map { "*?[]\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    var found = glob_t()
    defer { globfree(&found) }
    let result = glob(Paths.resolve(pattern, in: escaped.isEmpty ? "/" : escaped), GLOB_NOSORT, nil, &found)
    guard result == 0 else {
      // A pattern may match nothing, as drop-in folders do; a name must be there.
      if result != GLOB_NOMATCH || !pattern.contains(where: { "*?[".contains($0) }) {
        report.error("missing-include", "there is no file \(quoted(pattern))", at: place)
      }
      return []
    }
    let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }.sorted()
    guard paths.count <= Self.maxFiles else {
      report.error("too-many-files", "\(quoted(pattern)) matches \(paths.count) files; at most \(Self.maxFiles) are read", at: place)
      return []
    }
    return paths
  }

  private func tree(of path: String, at place: Diagnostic.Place, seen: inout Set<[UInt64]>) -> [ConfigEntry]? {
    guard let file = try? FileReader(path) else {
      report.error("unreadable-file", "\(printable(path)) cannot be opened", at: place)
      return nil
    }
    guard seen.insert(file.identity).inserted else { return nil }
    guard let root = SourceFile(path: path, environment: environment, report: report).read(file, includedAt: place) else { return nil }
    guard let entries = root.isNull ? [] : root.entries else {
      report.error("wrong-kind", "an included file is a mapping, found \(root.kindName)", at: root.place)
      return nil
    }
    return entries.filter { entry in
      guard entry.key == "include" else { return true }
      report.error("nested-include", "an included file does not include others", at: entry.keyPlace)
      return false
    }
  }

  private func merge(_ added: [ConfigEntry], into entries: inout [ConfigEntry], path: [String]) {
    for entry in added {
      let path = path + [entry.key]
      guard let index = entries.firstIndex(where: { $0.key == entry.key }) else {
        entries.append(entry)
        continue
      }
      let first = entries[index]
      let merges = path.count == 1 || path == ["auth", "api_keys"]
      if merges, var inner = first.value.isNull ? [] : first.value.entries, let others = entry.value.isNull ? [] : entry.value.entries {
        merge(others, into: &inner, path: path)
        entries[index].value.content = .mapping(inner)
      } else {
        report.error(
          "include-conflict",
          "\(path.joined(separator: ".")) is given twice; first at \(first.keyPlace.file):\(first.keyPlace.line):\(first.keyPlace.column)",
          at: entry.keyPlace)
      }
    }
  }
}
