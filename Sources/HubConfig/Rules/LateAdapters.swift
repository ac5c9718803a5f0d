import HubModel
import Synchronization

/// Checks single adapters again while the hub runs: one whose plugin could not be used when the configuration was read, or whose plugin
/// may have been replaced since. The file itself is not read again.
public final class LateAdapters: Sendable {
  /// An adapter as the plugin that is there now has it.
  public struct Checked: Sendable {
    /// The settings checked against the plugin's schema, with its defaults.
    public let adapter: AdapterConfiguration
    /// What it claims; nobody else has it.
    public let claims: [Claim]
    /// The content of the plugin it was checked against; nil when the catalogue doesn't know it.
    public let sha256: String?
  }

  /// Why an adapter cannot be used, in one line.
  public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// Every finding, with its place in the file.
    public let description: String
  }

  private let configuration: HubConfiguration
  private let origins: [[String]: Origin]
  private let secrets: SecretResolver
  /// What every adapter claims as far as it is known by now.
  private let claims: Mutex<[Claim]>

  /// Over a configuration that was loaded; nil when it has errors.
  public init?(_ result: LoadResult, environment: [String: String]) {
    guard let configuration = result.configuration else { return nil }
    self.configuration = configuration
    origins = result.origins
    secrets = SecretResolver(folder: configuration.folder, environment: environment)
    claims = Mutex(configuration.claims)
  }

  /// Asks for the adapter's plugin anew and checks settings, secrets and claims as at the start. What it claims is its own from then on,
  /// so that of two late adapters that claim the same the second is refused.
  public func check(_ id: String, catalogue: some PluginCatalogue) throws(Refusal) -> Checked {
    let (kind, found) = declared(id)
    guard var adapter = found else { throw Refusal(description: "there is no adapter \(quoted(id))") }
    let policy = adapter.onStartError
    adapter.refusal = nil
    // What was a warning, because the hub could start without this adapter, is an error when it is to start after all.
    adapter.onStartError = .fail
    let folders = configuration.pluginFolders
    // Asked before the lock is taken: the answer may come from a process of its own.
    let plugin = catalogue.plugin(named: adapter.plugin, in: folders)
    let context = ReadContext(report: Report(), origins: origins)
    var rules = AdapterRules(context: context, catalogue: FixedCatalogue(plugin.map { [$0] } ?? []))
    let own = rules.apply(to: &adapter, id, kind, folders)
    SecretRules(context: context, resolver: secrets).check(rules.secrets)
    let diagnostics = claims.withLock { [adapter] claims in
      var tried = configuration
      tried.claims = claims.filter { $0.adapter != id } + own
      tried.replace(id, kind, adapter)
      ListenerRules(context: context).check(tried)
      ClaimRules(context: context).check(tried)
      if !context.report.hasErrors { claims = tried.claims }
      return context.report.diagnostics()
    }
    let errors = diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty else { throw Refusal(description: errors.map(Self.line).joined(separator: "; ")) }
    adapter.onStartError = policy
    return Checked(adapter: adapter, claims: own, sha256: plugin?.sha256)
  }

  private func declared(_ id: String) -> (PluginInfo.Kind, AdapterConfiguration?) {
    configuration.channels[id].map { (.channel, $0) } ?? (.sink, configuration.sinks[id])
  }

  private static func line(_ diagnostic: Diagnostic) -> String {
    let place = diagnostic.place.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
    return place + diagnostic.message + (diagnostic.hint.map { " (\($0))" } ?? "")
  }
}

extension HubConfiguration {
  fileprivate mutating func replace(_ id: String, _ kind: PluginInfo.Kind, _ adapter: AdapterConfiguration) {
    let list: WritableKeyPath<Self, ConfigMap<AdapterConfiguration>> = kind == .channel ? \.channels : \.sinks
    guard let index = self[keyPath: list].entries.firstIndex(where: { $0.name == id }) else { return }
    self[keyPath: list].entries[index].value = adapter
  }
}
