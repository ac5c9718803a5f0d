import Foundation
import OrderedJSON

/// Where text goes: results to stdout, at once, so that a pipe sees each line; the rest to stderr.
enum Terminal {
  static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  static func say(_ json: JSONValue) { say(json.description) }

  static func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
