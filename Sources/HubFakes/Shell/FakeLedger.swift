import Foundation
import OrderedJSON

/// A file of facts, a JSON object a line, by which a fake whose process was killed knows what it knew.
package final class FakeLedger: Sendable {
  /// What was in it, the oldest first.
  let facts: [JSONObject]
  private let file: FileHandle

  /// Opens the file, or makes it.
  package init(path: String) throws {
    let url = URL(filePath: path)
    if FileManager.default.fileExists(atPath: path) == false { try Data().write(to: url) }
    file = try FileHandle(forUpdating: url)
    let text = try file.readToEnd() ?? Data()
    // A line without its end was being written when the process was killed: nobody has heard of it.
    let end = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    facts = try text[..<end].split(separator: UInt8(ascii: "\n")).compactMap { try JSONValue(parsing: Array($0)).object }
    try file.truncate(atOffset: UInt64(end))
    try file.seekToEnd()
  }

  /// Is in the file when this returns. It isn't synced: a killed process is survived, a power cut is not.
  func append(_ facts: [JSONObject]) throws {
    guard facts.isEmpty == false else { return }
    var text = Data()
    for fact in facts { text.append(contentsOf: JSONValue.object(fact).serialized() + [UInt8(ascii: "\n")]) }
    try file.write(contentsOf: text)
  }

  func clear() throws { try file.truncate(atOffset: 0) }
}
