internal import CHubPlugin
internal import OrderedJSON

/// A plugin whose code is in this process, for as long as the process lives.
public struct LoadedPlugin: Sendable {
  /// The resolved path it was loaded from.
  public let path: String
  /// SHA-256 of the file, hexadecimal.
  public let sha256: String
  /// What it says about its adapters.
  public let descriptions: [PluginDescription]
  let table: PluginTable

  /// The description with this name.
  public func description(named name: String, kind: PluginDescription.Kind) throws(PluginRefusal) -> PluginDescription {
    guard let found = descriptions.first(where: { $0.name == name }) else {
      let names = descriptions.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw PluginRefusal(.otherName, path, "describes itself as \(names), not as \"\(name)\"")
    }
    guard found.kind == kind else {
      throw PluginRefusal(.otherKind, path, "\"\(name)\" is a \(found.kind.rawValue), not a \(kind.rawValue)")
    }
    return found
  }
}

/// A plugin's entry table.
// Written by the plugin before it is handed out, constant afterwards (hub_plugin.h, OWNERSHIP): safe to read from any thread.
struct PluginTable: @unchecked Sendable {
  let pointer: UnsafePointer<hub_plugin>

  /// Reads and checks the table and all descriptors.
  func descriptions(file: String) throws(PluginRefusal) -> [PluginDescription] {
    let table = pointer.pointee
    guard table.magic == UInt32(HUB_ABI_MAGIC), table.major == UInt16(HUB_ABI_MAJOR) else {
      throw PluginRefusal(
        .badTable, file, "its table is of ABI \(table.major).\(table.minor), its note of \(HUB_ABI_MAJOR): rebuild it from one header")
    }
    guard Int(table.struct_size) >= MemoryLayout<hub_plugin>.size, (1...64).contains(table.count), table.create != nil else {
      throw PluginRefusal(.badTable, file, "its table is malformed")
    }
    var descriptions: [PluginDescription] = []
    for index in 0..<table.count {
      guard let descriptor = table.describe?(index)?.pointee else {
        throw PluginRefusal(.badTable, file, "descriptor \(index) of \(table.count) is missing")
      }
      descriptions.append(try Self.copy(descriptor, index: index, file: file))
    }
    return descriptions
  }

  private static func copy(_ raw: hub_descriptor, index: UInt32, file: String) throws(PluginRefusal) -> PluginDescription {
    let text = { (pointer: UnsafePointer<CChar>?) in pointer.map { String(cString: $0) } ?? "" }
    let kind: PluginDescription.Kind
    switch Int(raw.kind) {
    case HUB_KIND_CHANNEL: kind = .channel
    case HUB_KIND_SINK: kind = .sink
    default: throw PluginRefusal(.badTable, file, "descriptor \(index) is neither a channel nor a sink (kind \(raw.kind))")
    }
    guard Int(raw.struct_size) >= MemoryLayout<hub_descriptor>.size, PluginFinder.isName(text(raw.name)) else {
      throw PluginRefusal(.badTable, file, "descriptor \(index) is malformed or has no usable name")
    }
    let schemaText = text(raw.config_schema)
    var schema: JSONValue = .object([:])
    if !schemaText.isEmpty {
      do {
        schema = try JSONValue(parsing: schemaText)
      } catch {
        throw PluginRefusal(.badTable, file, "the config schema of \"\(text(raw.name))\" is not JSON: \(error)")
      }
    }
    return PluginDescription(
      index: index, name: text(raw.name), version: text(raw.version), summary: text(raw.summary), kind: kind,
      isSerial: raw.flags & UInt32(HUB_F_SERIAL) != 0, needs: text(raw.needs).split(separator: " ").map(String.init), configSchema: schema)
  }
}
