/// What is known of a plugin without running any of its code here.
public struct PluginInfo: Sendable, Hashable {
  /// What a plugin implements.
  public enum Kind: String, Sendable, Hashable {
    /// Talks to a provider.
    case channel
    /// Talks to consumers.
    case sink
  }

  /// The name in its descriptor.
  public var name: String
  /// What it implements.
  public var kind: Kind
  /// Its version.
  public var version: String
  /// JSON Schema of its `config`, as text.
  public var schema: String
  /// Why it cannot be used, when its file was found and refused.
  public var error: String?
  /// SHA-256 of the file that was looked at, hexadecimal; nil where there is none.
  public var sha256: String?

  /// What is known of a plugin.
  public init(name: String, kind: Kind, version: String, schema: String, error: String? = nil, sha256: String? = nil) {
    self.name = name
    self.kind = kind
    self.version = version
    self.schema = schema
    self.error = error
    self.sha256 = sha256
  }
}

/// Where the loader asks about plugins. The host answers from a child process, so that checking a configuration runs no plugin code.
public protocol PluginCatalogue {
  /// The plugin of that name, first hit in the folders; nil when there is none.
  func plugin(named name: String, in folders: [String]) -> PluginInfo?
  /// The names of all plugins in the folders, for suggestions.
  func names(in folders: [String]) -> [String]
}

/// A fixed list of plugins.
public struct FixedCatalogue: PluginCatalogue, Sendable {
  private let plugins: [PluginInfo]

  /// A catalogue of these plugins, whatever the folders.
  public init(_ plugins: [PluginInfo]) { self.plugins = plugins }

  /// The plugin of that name.
  public func plugin(named name: String, in folders: [String]) -> PluginInfo? { plugins.first { $0.name == name } }

  /// All names.
  public func names(in folders: [String]) -> [String] { plugins.map(\.name) }
}
