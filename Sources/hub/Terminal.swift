import Foundation
import OrderedJSON

/// Where text goes: results to stdout, at once, so that a pipe sees each line; the rest to stderr.
enum Terminal {
  /// A reader that has gone away, as in `hub listen | head -1`, ends the process quietly.
  static func say(_ line: String) {
    do { try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) } catch { Foundation.exit(ExitStatus.ok.rawValue) }
  }

  static func say(_ json: JSONValue) { say(json.description) }

  static func complain(_ line: String) {
    // Nobody left to complain to is no reason to stop.
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}
