import HubConfig
import HubHost
import OrderedJSON

/// From `channels:` and `sinks:` of the configuration to what the host starts.
enum AdapterComposition {
  /// The enabled ones; a disabled adapter is not looked at further.
  /// - Parameters:
  ///   - late: checks an adapter again before every further try to start it.
  ///   - renewed: told of such an adapter before it is started.
  static func enabled(
    _ configuration: HubConfiguration, late: LateAdapters, renewed: @escaping @Sendable (AdapterConfiguration) -> Void
  ) -> [AdapterSpec] {
    let sinks = configuration.sinks.map { (PluginDescription.Kind.sink, $0) }
    let channels = configuration.channels.map { (PluginDescription.Kind.channel, $0) }
    return (sinks + channels).filter { $1.value.enabled }.map { kind, entry in
      let id = entry.name
      var spec = Self.spec(id, entry.value, kind, configuration.claims.filter { $0.adapter == id })
      guard spec.onStartError == .retry else { return spec }
      spec.renewal = {
        let checked = try late.check(id, catalogue: ProbedCatalogue())
        renewed(checked.adapter)
        var renewal = Self.spec(id, checked.adapter, kind, checked.claims)
        // A file that is replaced between the check and the start is not the one that was checked: that is one more try.
        renewal.sha256 = renewal.sha256 ?? checked.sha256
        return renewal
      }
      return spec
    }
  }

  private static func spec(
    _ id: String, _ adapter: AdapterConfiguration, _ kind: PluginDescription.Kind, _ claims: [Claim]
  ) -> AdapterSpec {
    var spec = AdapterSpec(id: id, plugin: adapter.plugin, kind: kind, config: adapter.config)
    spec.accounts = Dictionary(adapter.accounts.map { ($0.name, $0.value.tenant) }) { first, _ in first }
    spec.claims = Set(
      claims.flatMap { claim -> [AdapterSpec.Claim] in
        switch claim.kind {
        case .httpPath: [.httpPath(claim.value)]
        case .httpTree: [.httpPath(claim.value), .httpPath(claim.value + "/*")]
        case .namespace: [.namespace(claim.value)]
        }
      })
    spec.secrets = Set(adapter.secrets.map(\.description))
    spec.allow = adapter.allow.map(Set.init)
    spec.egress = EgressRule(adapter.egress)
    spec.sha256 = adapter.sha256
    spec.refusal = adapter.refusal
    spec.recoversSockets = adapter.config["recovery"]?.string == "memory"
    spec.required = adapter.required
    spec.onStartError =
      switch adapter.onStartError {
      case .fail: .fail
      case .retry: .retry
      case .disable: .disable
      }
    spec.sendRate = adapter.rate.map { Double($0.count) / ($0.period / .seconds(1)) }
    if let maxBody = adapter.maxBody { spec.maxBody = maxBody.bytes }
    return spec
  }
}
