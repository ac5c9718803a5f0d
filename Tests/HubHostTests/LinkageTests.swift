import Foundation
import HubTesting
import OrderedJSON
import Testing

@testable import HubHost

private enum BundledPlugins {
  static let names = ["chatengine", "evolution", "meta-cloud", "socketio", "stats"]

  /// Whether the manifest that this file was built under declares any of the bundled plugins.
  static let areDeclared: Bool = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    guard let manifest = try? String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8) else { return true }
    return names.contains { manifest.contains(#".library(name: "\#($0)", type: .dynamic"#) }
  }()
}

/// What the build's own products export. They lie beside the test executable. A package that declares none of them, only some of the
/// hub's modules, has nothing to look at; where they are declared, one that is missing fails.
@Suite("Linkage of the products", .enabled(if: BundledPlugins.areDeclared, "the package declares no plugins"))
struct LinkageTests {
  static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

  func exported(_ file: String) async throws -> [String] {
    let result = try await ChildRun.of(["/usr/bin/nm", "-D", "--defined-only", "-P", file])
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      // A small letter is a local symbol, which the linker keeps for relocations and nobody binds to.
      return fields.count > 1 && fields[1].allSatisfy(\.isUppercase) ? String(fields[0]) : nil
    }
  }

  @Test("a bundled plugin exports one symbol", arguments: BundledPlugins.names)
  func plugin(name: String) async throws {
    #expect(try await exported("\(Self.folder)/lib\(name).so") == ["hub_plugin_entry"])
  }

  @Test("a bundled plugin is accepted, loaded and describes itself", arguments: BundledPlugins.names)
  func loads(name: String) throws {
    let plugin = try PluginLoader().load(PluginFile.check("\(Self.folder)/lib\(name).so"))
    #expect(plugin.descriptions.map(\.name) == [name])
  }

  @Test("the bundled sinks ask for what they can use and no more")
  func kinds() async throws {
    let harness = try HostHarness()
    let host = PluginHost(finder: PluginFinder(folders: [Self.folder]), services: harness.services)
    var stats = AdapterSpec(id: "stats", plugin: "stats", kind: .sink, config: ["path": "/stats"])
    stats.claims = [.httpPath("/stats")]
    var frontend = AdapterSpec(id: "frontend", plugin: "socketio", kind: .sink, config: ["namespace": "/x", "raw": ["call"]])
    frontend.claims = [.namespace("/x")]
    try await host.start([stats, frontend])
    #expect(host.kinds(of: "stats") == [])
    let wanted = try #require(host.kinds(of: "frontend"))
    #expect(wanted.isSuperset(of: ["message.created", "message.status", "conversation.created", "typing", "call"]))
    #expect(wanted.isDisjoint(with: ["history", "group", "label", "unknown"]))
    await host.stop()
  }

  @Test("the hub exports none of its packages' symbols, for plugins to bind to by mistake")
  func hub() async throws {
    // Mangled Swift names ($s…) and the C parts of packages (c_nio…, CNIO…, sqlite3…, GRDB…).
    let symbols = try await exported(Self.folder + "/hub").filter { name in
      ["$s", "c_nio", "CNIO", "catmc", "GRDB", "hub_", "yaml_"].contains { name.hasPrefix($0) }
    }
    #expect(symbols.isEmpty, "\(symbols.prefix(5))")
  }
}
