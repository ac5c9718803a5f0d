import CHubPlugin
import Foundation
import HubTesting
import Testing

@testable import HubHost

@Suite("Plugin files")
struct LoaderTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  var finder: PluginFinder { PluginFinder(folders: [workspace.path]) }

  func code(_ path: String) -> PluginRefusal.Code? { refusal { _ = try PluginFile.check(path) }?.code }

  @Test("a good plugin loads and describes itself")
  func loads() async throws {
    _ = try await CPlugin.build(as: "good", in: workspace)
    let plugin = try PluginLoader().load(finder.open("good"))
    let description = try plugin.description(named: "good", kind: .channel)
    #expect(description.version == "1.0.0")
    #expect(description.provider == "test")
    #expect(PluginDescription(json: description.json) == description)
    #expect(description.maxBody == 8 << 20)
  }

  @Test("the first folder of the path that has the file wins, and a missing one is named")
  func finds() async throws {
    let other = try Workspace()
    _ = try await CPlugin.build(as: "first", in: other)
    _ = try await CPlugin.build(as: "first", in: workspace)
    #expect(try PluginFinder(folders: [other.path, workspace.path]).find("first") == other.path + "/libfirst.so")
    #expect(PluginFinder(folders: [workspace.path, "/nonexistent"]).names() == ["first"])
    let missing = refusal { _ = try finder.find("absent") }
    #expect(missing?.code == .notFound)
    #expect(missing?.description == "libabsent.so: not found in \(workspace.path)")
  }

  @Test("a plugin's name never becomes a path", arguments: ["../x", "a/b", "", ".", "A", "a b", String(repeating: "a", count: 65)])
  func names(name: String) {
    #expect(refusal { _ = try finder.find(name) }?.code == .badName)
  }

  @Test("case26: an absent file, a folder and a dangling link are refused")
  func case26_absent() throws {
    #expect(refusal { _ = try PluginFile.check(workspace.path + "/libnone.so") }?.reason == "No such file or directory")
    #expect(refusal { _ = try PluginFile.check(workspace.path) }?.reason == "not a regular file")
    try FileManager.default.createSymbolicLink(atPath: workspace.path + "/libgone.so", withDestinationPath: "nowhere.so")
    #expect(refusal { _ = try finder.open("gone") }?.code == .unreadable)
  }

  @Test("case26: a text file and an empty file are no shared objects")
  func case26_text() throws {
    #expect(
      refusal { _ = try PluginFile.check(workspace.write("#!/bin/sh\necho hello\n", to: "libtext.so")) }?.reason
        == "not an ELF shared object")
    #expect(code(try workspace.write("", to: "libempty.so")) == .notShared)
  }

  @Test("case26: an object of another machine is refused by its machine")
  func case26_machine() async throws {
    let path = try await CPlugin.build(as: "arm", in: workspace)
    try patch(path, at: 18, [0xF3, 0x00])
    let found = refusal { _ = try PluginFile.check(path) }
    #expect(found?.code == .otherMachine)
    #expect(found?.reason.contains("built for another machine (ELF machine 243") == true)
  }

  @Test("case26: a file cut anywhere is refused before anything maps it")
  func case26_truncated() async throws {
    let whole = try await Data(contentsOf: URL(filePath: CPlugin.build(as: "whole", in: workspace)))
    for length in stride(from: 5, to: whole.count, by: 499) {
      let path = workspace.path + "/libcut.so"
      try whole.prefix(length).write(to: URL(filePath: path))
      try workspace.chmod(0o755, "libcut.so")
      #expect(code(path) == .truncated, "\(length) of \(whole.count) bytes")
    }
  }

  @Test("case26: a program header that points past the end, also by overflow, is refused")
  func case26_overflow() async throws {
    let path = try await CPlugin.build(as: "lying", in: workspace)
    // p_offset of the first program header.
    try patch(path, at: 64 + 8, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    #expect(code(path) == .truncated)
  }

  @Test("case26: an empty segment beyond the file is refused as well", arguments: [UInt64.max, UInt64.max - 11, 1 << 62] as [UInt64])
  func case26_emptySegment(offset: UInt64) async throws {
    let path = try await CPlugin.build(as: "void", in: workspace)
    let count = try Data(contentsOf: URL(filePath: path))[56]
    for index in 0..<UInt64(count) {
      let copy = workspace.path + "/libhollow.so"
      try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: copy))
      try workspace.chmod(0o755, "libhollow.so")
      let header = 64 + index * 56
      try patch(copy, at: header, [4, 0, 0, 0])
      try patch(copy, at: header + 8, withUnsafeBytes(of: offset.littleEndian) { Array($0) })
      try patch(copy, at: header + 32, [UInt8](repeating: 0, count: 8))
      #expect(code(copy) == .truncated, "segment \(index)")
    }
  }

  @Test("case26: a note whose sizes lie ends its segment", arguments: [0, 4] as [UInt64])
  func case26_lyingNote(field: UInt64) async throws {
    let path = try await CPlugin.build(as: "liar", in: workspace)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    for header in stride(from: 64, to: 64 + Int(bytes[56]) * 56, by: 56) where bytes[header] == 4 {
      let offset = bytes[header + 8..<header + 16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try patch(path, at: offset + field, [0xFF, 0xFF, 0xFF, 0xFF])
    }
    #expect(code(path) == .noNote)
  }

  @Test("case26: an ordinary library has no note")
  func case26_noNote() async throws {
    let path = try await CPlugin.build(text: "int answer(void) { return 42; }\n", as: "ordinary", in: workspace)
    #expect(refusal { _ = try PluginFile.check(path) }?.description == "\(path): no hub note: not a hub plugin")
  }

  @Test("case26: an executable is no shared object")
  func case26_executable() async throws {
    _ = try workspace.write("int main(void) { return 0; }\n", to: "main.c")
    let path = workspace.path + "/libmain.so"
    _ = try await ChildRun.of(["/usr/bin/gcc", "-no-pie", workspace.path + "/main.c", "-o", path])
    #expect(code(path) == .notShared)
  }

  @Test("case26: another major is refused, a newer minor loads", arguments: [(0, false), (2, false), (1, true)])
  func case26_major(major: Int, loads: Bool) async throws {
    let text = try String(contentsOfFile: CPlugin.sources + "/plain.c", encoding: .utf8)
      .replacing(
        "HUB_PLUGIN_NOTE(0)",
        with: "#undef HUB_ABI_MAJOR\n#define HUB_ABI_MAJOR \(major)\n#undef HUB_ABI_MINOR\n#define HUB_ABI_MINOR 7\nHUB_PLUGIN_NOTE(0)")
    let path = try await CPlugin.build(text: text, as: "versioned", in: workspace)
    let found = refusal { _ = try PluginLoader().load(PluginFile.check(path)) }
    #expect(found?.code == (loads ? nil : .otherABI))
    if !loads {
      #expect(found?.reason == "built for hub plugin ABI \(major).7; this hub speaks 1.0: rebuild it with this hub's header")
    }
  }

  @Test("case26: a note of one major with a table of another is refused after loading")
  func case26_table() async throws {
    let text = try String(contentsOfFile: CPlugin.sources + "/plain.c", encoding: .utf8)
      .replacing("{HUB_ABI_MAGIC, HUB_ABI_MAJOR,", with: "{HUB_ABI_MAGIC, 3,")
    let path = try await CPlugin.build(text: text, as: "twofaced", in: workspace)
    #expect(refusal { _ = try PluginLoader().load(PluginFile.check(path)) }?.code == .badTable)
  }

  @Test("case26: Swift code of another compiler is refused and both compilers are named")
  func case26_toolchain() async throws {
    let text = try String(contentsOfFile: CPlugin.sources + "/plain.c", encoding: .utf8)
      .replacing("HUB_PLUGIN_NOTE(0)", with: "HUB_PLUGIN_NOTE(HUB_NOTE_SWIFT)")
    let path = try await CPlugin.build(text: text, as: "foreign", in: workspace)
    let found = refusal { _ = try PluginFile.check(path) }
    #expect(found?.code == .otherToolchain)
    #expect(found?.reason.contains(PluginNote.hostToolchain) == true)
  }

  @Test("case26: without the entry symbol it is refused before it is loaded")
  func case26_noEntry() async throws {
    let path = try await CPlugin.build(text: "#include <hub_plugin.h>\nHUB_PLUGIN_NOTE(0)\n", as: "mute", in: workspace)
    #expect(
      refusal { _ = try PluginFile.check(path) }?.reason == "does not export hub_plugin_entry (is the function public?)")
  }

  @Test("case26: an undefined symbol is refused in the dynamic linker's own words")
  func case26_undefined() async throws {
    let text = try String(contentsOfFile: CPlugin.sources + "/plain.c", encoding: .utf8)
      .replacing("static const hub_str none;", with: "static const hub_str none;\nextern void nowhere_defined(void);")
      .replacing("{ (void)self; }", with: "{ (void)self; nowhere_defined(); }")
    let path = try await CPlugin.build(text: text, as: "dangling", in: workspace)
    let found = refusal { _ = try PluginLoader().load(PluginFile.check(path)) }
    #expect(found?.code == .linker)
    #expect(found?.reason.contains("nowhere_defined") == true)
  }

  @Test("the descriptor's name and kind must be those asked for")
  func descriptor() async throws {
    let path = try await CPlugin.build(as: "renamed", in: workspace)
    try FileManager.default.moveItem(atPath: path, toPath: workspace.path + "/libother.so")
    let plugin = try PluginLoader().load(finder.open("other"))
    #expect(refusal { _ = try plugin.description(named: "other", kind: .channel) }?.code == .otherName)
    #expect(refusal { _ = try plugin.description(named: "renamed", kind: .sink) }?.code == .otherKind)
  }

  @Test("a digest in the config is compared, and content that is loaded already is not loaded twice")
  func digest() async throws {
    let path = try await CPlugin.build(as: "pinned", in: workspace)
    let loader = PluginLoader()
    let file = try PluginFile.check(path)
    #expect(refusal { _ = try loader.load(file, expected: String(repeating: "0", count: 64)) }?.code == .digest)
    let first = try loader.load(file, expected: file.sha256.uppercased())
    try FileManager.default.copyItem(atPath: path, toPath: workspace.path + "/libcopy.so")
    let second = try loader.load(PluginFile.check(workspace.path + "/libcopy.so"))
    #expect(second.path == first.path)
    #expect(second.table.pointer == first.table.pointer)
  }

  @Test("a file renamed over a loaded one is refused: the linker would give the old code")
  func swapped() async throws {
    let path = try await CPlugin.build(as: "swap", in: workspace)
    _ = try PluginLoader().load(PluginFile.check(path))
    let other = try Workspace()
    let newer = try await CPlugin.build(as: "swap", in: other, ["-DNEEDS=\"newer\""])
    let content = try Data(contentsOf: URL(filePath: newer))
    try content.write(to: URL(filePath: workspace.path + "/new"))
    try workspace.chmod(0o755, "new")
    #expect(rename(workspace.path + "/new", path) == 0)
    #expect(refusal { _ = try PluginLoader().load(PluginFile.check(path)) }?.code == .changed)
  }

  @Test("case27: a file replaced between the check and the load is not what was checked")
  func case27_swappedAfterCheck() async throws {
    let path = try await CPlugin.build(as: "late", in: workspace)
    let file = try PluginFile.check(path)
    let other = try Workspace()
    let newer = try await CPlugin.build(as: "late", in: other, ["-DNEEDS=\"newer\""])
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: newer, toPath: path)
    #expect(refusal { _ = try PluginLoader().load(file) }?.code == .changed)
  }

  @Test("fifty plugins are loaded side by side")
  func fifty() async throws {
    let loader = PluginLoader()
    for number in 0..<50 {
      let path = try await CPlugin.build(as: "many\(number)", in: workspace)
      let plugin = try loader.load(PluginFile.check(path))
      #expect(plugin.descriptions.map(\.name) == ["many\(number)"])
    }
  }

  private func patch(_ path: String, at offset: UInt64, _ bytes: [UInt8]) throws {
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(bytes))
    try file.close()
  }
}
