import Glibc
import OrderedJSON

@testable import HubHost

/// What is read of a plugin before any of its code runs, and what a child process says of it: the file with its note, the manifest of
/// bundled plugins, the description as JSON. Refusals have a reason; what is taken reads the same again.
enum PluginFileTarget: FuzzTarget {
  static func run(_ input: UnsafeRawBufferPointer) {
    file(input)
    manifest(Array(input))
    if let json = try? JSONValue(parsing: input), let description = PluginDescription(json: json) { check(description) }
  }

  private static func file(_ input: UnsafeRawBufferPointer) {
    let bytes = FileBytes(descriptor: scratch, size: UInt64(input.count))
    require(ftruncate(scratch, 0) == 0 && pwrite(scratch, input.baseAddress, input.count, 0) == input.count, "the file takes no bytes")
    let found = outcome { () throws(PluginRefusal) in try PluginFile.inspect(bytes, file: "plugin") }
    require(found == outcome { () throws(PluginRefusal) in try PluginFile.inspect(bytes, file: "plugin") }, "looked at twice it differs")
    if let note = try? PluginNote(descriptor: Array(input), file: "plugin") {
      require(note.toolchain.utf8.count <= 4096 * 3, "a text longer than the note")
    }
  }

  private static func manifest(_ text: [UInt8]) {
    guard case .success(let digests) = outcome({ () throws(PluginRefusal) in try PluginManifest.digests(in: text, path: "manifest") })
    else { return }
    require(digests.count <= text.count / 66, "more digests than there is text")
    let again = digests.map { "\($0)  x\n" }.joined()
    require((try? PluginManifest.digests(in: Array(again.utf8), path: "manifest")) == digests, "written and read again it differs")
  }

  private static func check(_ description: PluginDescription) {
    require(PluginDescription(json: description.json) == description, "written and read again it differs")
    _ = (description.provider, description.sendRate, description.maxBody)
  }

  private static func outcome<Value>(_ body: () throws(PluginRefusal) -> Value) -> Result<Value, PluginRefusal> {
    let result = Result(catching: body)
    if case .failure(let refusal) = result { require(!refusal.reason.isEmpty, "a refusal without a reason") }
    return result
  }

  /// A file without a name, for readers of files.
  private static let scratch = fileno(tmpfile())
}
