public import OrderedJSON

/// What `hub plugin list` and `hub plugin inspect` print about one file.
public struct PluginReport: Sendable, Hashable {
  /// The name it was looked for under.
  public var plugin: String
  /// The path as found; empty when there is none.
  public var path: String
  /// The path without symbolic links.
  public var resolvedPath: String
  /// SHA-256 of the content, hexadecimal; empty when it was not read.
  public var sha256: String
  /// Bytes of the file.
  public var size: UInt64
  /// Whether the file came with this build of the hub.
  public var isBundled = false
  /// Which ABI and compiler it was built for; nil when a check before it failed.
  public var note: PluginNote?
  /// The marks by which the hub keeps it out, because it went down with it too often.
  public var quarantine: [String] = []
  /// What it says about its adapters; empty when it was refused.
  public var descriptions: [PluginDescription]
  /// Why it would not be loaded; nil when it would.
  public var refusal: PluginRefusal?

  /// The members, as `--json` prints them.
  public var json: JSONValue {
    var object: JSONObject = ["plugin": .string(plugin), "path": .string(path)]
    if let note {
      object["resolvedPath"] = .string(resolvedPath)
      object["sha256"] = .string(sha256)
      object["bundled"] = .bool(isBundled)
      object["size"] = .number(JSONNumber(Int64(clamping: size)))
      object["abi"] = .string("\(note.major).\(note.minor)")
      object["swift"] = .bool(note.needsSwift)
      object["toolchain"] = .string(note.toolchain)
    }
    if !quarantine.isEmpty { object["quarantine"] = .array(quarantine.map { .string($0) }) }
    object["adapters"] = .array(descriptions.map(\.json))
    if let refusal { object["refused"] = ["code": .string(refusal.code.description), "reason": .string(refusal.reason)] }
    return .object(object)
  }
}

extension PluginFinder {
  /// Judges one plugin without running any of its code in this process.
  /// - Parameters:
  ///   - probe: the child process that reads the descriptors; nil leaves them out.
  ///   - quarantine: where the hub remembers what took it down.
  public func inspect(_ plugin: String, probe: PluginProbe?, quarantine: Quarantine? = nil) -> PluginReport {
    var report = PluginReport(
      plugin: plugin, path: "", resolvedPath: "", sha256: "", size: 0, note: nil, descriptions: [], refusal: nil)
    do throws(PluginRefusal) {
      report.path = try find(plugin)
      let file = try PluginFile.check(report.path, folders: folders, trust: trust)
      report.resolvedPath = file.resolvedPath
      report.sha256 = file.sha256
      report.size = file.size
      report.isBundled = bundled.contains(file.sha256)
      report.quarantine = quarantine?.marks(keepingOut: plugin, sha256: file.sha256) ?? []
      report.note = file.note
      guard let probe else { return report }
      report.descriptions = try probe.describe(file)
      guard report.descriptions.contains(where: { $0.name == plugin }) else {
        let names = report.descriptions.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw PluginRefusal(.otherName, file.path, "describes itself as \(names), not as \"\(plugin)\"")
      }
    } catch {
      report.refusal = error
    }
    return report
  }
}
