import Foundation
import OrderedJSON

/// Frames and bodies as the reference documents quote them.
enum Golden {
  static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: try bytes("\(name).json")) }

  static func text(_ name: String) throws -> String {
    String(decoding: try bytes("\(name).txt"), as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  private static func bytes(_ file: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
    return Array(try Data(contentsOf: folder.appending(path: file)))
  }
}
