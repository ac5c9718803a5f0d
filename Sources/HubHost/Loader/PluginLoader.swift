internal import CHubPlugin
internal import Glibc
internal import Synchronization

/// Brings checked plugin files into the process, each content once.
public final class PluginLoader: Sendable {
  private let loaded = Mutex<[String: LoadedPlugin]>([:])

  /// A loader that has loaded nothing yet.
  public init() {}

  /// Loads a checked file, or gives what is loaded already when its content is.
  /// - Parameter expected: the `sha256:` of the config, or of the file the config was checked against, hexadecimal; nil: any content.
  public func load(_ file: PluginFile, expected: String? = nil) throws(PluginRefusal) -> LoadedPlugin {
    if let expected, expected.lowercased() != file.sha256 {
      throw PluginRefusal(.digest, file.path, "its SHA-256 is \(file.sha256), not \(expected.lowercased()) as pinned or last checked")
    }
    // Constructors run inside dlopen: one load at a time.
    let result: Result<LoadedPlugin, PluginRefusal> = loaded.withLock { loaded in
      if let known = loaded[file.sha256] { return .success(known) }
      do throws(PluginRefusal) {
        let plugin = try Self.open(file)
        loaded[file.sha256] = plugin
        return .success(plugin)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func open(_ file: PluginFile) throws(PluginRefusal) -> LoadedPlugin {
    guard let handle = dlopen(file.resolvedPath, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      throw PluginRefusal(.linker, file.path, dlerror().map { String(cString: $0) } ?? "the dynamic linker refused it")
    }
    guard let symbol = dlsym(handle, "hub_plugin_entry") else {
      throw PluginRefusal(.noEntry, file.path, "does not export hub_plugin_entry (is the function public?)")
    }
    // The linker answers from the names it knows: a file renamed over a loaded one would give the old code.
    guard let checked = MappedFile(checkedFile: file.descriptor), let mapped = MappedFile(address: symbol), checked == mapped else {
      throw PluginRefusal(
        .changed, file.path,
        "what the dynamic linker loaded is not the file that was checked: install it under a name that was never loaded and restart the hub"
      )
    }
    typealias Entry = @convention(c) () -> UnsafePointer<hub_plugin>?
    guard let pointer = unsafeBitCast(symbol, to: Entry.self)() else {
      throw PluginRefusal(.badTable, file.path, "hub_plugin_entry gave no table")
    }
    let table = PluginTable(pointer: pointer)
    return LoadedPlugin(path: file.resolvedPath, sha256: file.sha256, descriptions: try table.descriptions(file: file.path), table: table)
  }
}
