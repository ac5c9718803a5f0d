import HubConfig
import HubHost
import OrderedJSON

/// From `channels:` and `sinks:` of the configuration to what the host starts.
enum AdapterComposition {
  static func specs(_ configuration: HubConfiguration) -> [AdapterSpec] {
    configuration.sinks.map { spec($0.name, $0.value, .sink, configuration) }
      + configuration.channels.map { spec($0.name, $0.value, .channel, configuration) }
  }

  /// The enabled ones; a disabled adapter is not looked at further.
  static func enabled(_ configuration: HubConfiguration) -> [AdapterSpec] {
    let names = Set((Array(configuration.sinks) + Array(configuration.channels)).filter(\.value.enabled).map(\.name))
    return specs(configuration).filter { names.contains($0.id) }
  }

  private static func spec(
    _ id: String, _ adapter: AdapterConfiguration, _ kind: PluginDescription.Kind, _ configuration: HubConfiguration
  ) -> AdapterSpec {
    var spec = AdapterSpec(id: id, plugin: adapter.plugin, kind: kind, config: adapter.config)
    spec.accounts = Dictionary(adapter.accounts.map { ($0.name, $0.value.tenant) }) { first, _ in first }
    spec.claims = Set(
      configuration.claims.filter { $0.adapter == id }.map { claim in
        switch claim.kind {
        case .httpPath: .httpPath(claim.value)
        case .namespace: .namespace(claim.value)
        }
      })
    spec.secrets = Set(adapter.secrets.map(\.description))
    spec.allow = adapter.allow.map(Set.init)
    spec.sha256 = adapter.sha256
    spec.required = adapter.required
    spec.onStartError =
      switch adapter.onStartError {
      case .fail: .fail
      case .retry: .retry
      case .disable: .disable
      }
    if let maxBody = adapter.maxBody { spec.maxBody = maxBody.bytes }
    return spec
  }
}
