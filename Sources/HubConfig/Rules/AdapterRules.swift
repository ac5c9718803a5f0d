import HubModel
import OrderedJSON

/// Asks the catalogue about every enabled adapter and checks its settings against the plugin's schema. A disabled one is left
/// alone: disabling is how an operator gets past a plugin or a secret that is not there.
struct AdapterRules<Catalogue: PluginCatalogue> {
  let context: ReadContext
  let catalogue: Catalogue
  /// The secrets met.
  private(set) var secrets: [SecretUse] = []
  /// Each question to the catalogue may cost a process, so none is asked twice.
  private var known: [String: PluginInfo?] = [:]
  private var names: [String]?

  init(context: ReadContext, catalogue: Catalogue) {
    self.context = context
    self.catalogue = catalogue
  }

  mutating func apply(to configuration: inout HubConfiguration) {
    let folders = configuration.pluginFolders
    let channels = Set(configuration.channels.names)
    for kind in [PluginInfo.Kind.channel, .sink] {
      let list: WritableKeyPath<HubConfiguration, ConfigMap<AdapterConfiguration>> = kind == .channel ? \.channels : \.sinks
      for index in configuration[keyPath: list].entries.indices {
        let name = configuration[keyPath: list].entries[index].name
        var adapter = configuration[keyPath: list].entries[index].value
        if kind == .sink, channels.contains(name) {
          context.report.error(
            "duplicate-id", "\(quoted(name)) is the id of a channel and of a sink", at: context.origins[["sinks", name]]?.key)
        }
        guard adapter.enabled, !adapter.plugin.isEmpty else { continue }
        configuration.claims += apply(to: &adapter, name, kind, folders)
        configuration[keyPath: list].entries[index].value = adapter
      }
    }
  }

  /// Checks one adapter's settings and fills in the defaults; what it claims.
  mutating func apply(
    to adapter: inout AdapterConfiguration, _ name: String, _ kind: PluginInfo.Kind, _ folders: [String]
  ) -> [Claim] {
    let path = [kind == .channel ? "channels" : "sinks", name]
    checkAccounts(of: adapter, kind, path)
    guard let info = plugin(of: &adapter, kind, path, folders) else { return [] }
    let schema = PluginSchema(info.schema)
    for problem in schema.problems {
      context.report.error(
        "plugin-schema", "the schema of plugin \(quoted(info.name)) cannot be used: \(printable(problem))",
        at: context.place(path + ["plugin"]))
    }
    guard schema.problems.isEmpty else { return [] }
    let home = context.origins[path]?.key
    let place = context.origins[path + ["config"]]?.value ?? home ?? Diagnostic.Place(file: "", line: 1, column: 1)
    var node = adapter.settings.node ?? ConfigNode(place: place, content: .mapping([]))
    if node.isNull { node.content = .mapping([]) }
    var outcome = SchemaOutcome()
    adapter.settings.isChecked = true
    adapter.settings.value = SchemaValidator(
      schema: schema, base: path + ["config"], home: context.origins[path + ["config"]]?.key ?? home
    ).validate(node, against: schema.root, into: &outcome)
    checkSettings(ofAccounts: &adapter, schema, path, into: &outcome)
    adapter.secrets = Set(outcome.secrets.map(\.reference))
    take(outcome)
    secrets += outcome.secrets.map { SecretUse(path: $0.path, reference: $0.reference, place: $0.place, isProviders: true) }
    return outcome.claims.map { Claim(kind: $0.kind, value: $0.value, adapter: name, owner: path.joined(separator: "."), place: $0.place) }
  }

  /// The adapter's plugin; nil after reporting why it cannot be used.
  private mutating func plugin(
    of adapter: inout AdapterConfiguration, _ kind: PluginInfo.Kind, _ path: [String], _ folders: [String]
  ) -> PluginInfo? {
    let place = context.place(path + ["plugin"])
    let info = known[adapter.plugin] ?? catalogue.plugin(named: adapter.plugin, in: folders)
    known[adapter.plugin] = .some(info)
    guard let info else {
      let names = names ?? catalogue.names(in: folders)
      self.names = names
      refuse(
        &adapter, "unknown-plugin",
        "there is no plugin \(quoted(adapter.plugin)) in \(folders.map { printable($0) }.joined(separator: ", "))",
        at: place,
        hint: suggestion(for: adapter.plugin, in: names) ?? "plugins.path has to name the folder of lib\(printable(adapter.plugin)).so")
      return nil
    }
    if let reason = info.error {
      refuse(&adapter, "plugin-refused", "plugin \(quoted(info.name)): \(printable(reason, limit: 400))", at: place, hint: nil)
      return nil
    }
    guard info.kind == kind else {
      context.report.error(
        "wrong-plugin", "\(quoted(info.name)) is a \(info.kind) and stands under \(path[0])", at: place, hint: "move it to \(info.kind)s")
      return nil
    }
    return info
  }

  /// An error, or a warning when the hub may start without this adapter.
  private func refuse(
    _ adapter: inout AdapterConfiguration, _ code: String, _ message: String, at place: Diagnostic.Place?, hint: String?
  ) {
    guard adapter.onStartError != .fail else { return context.report.error(code, message, at: place, hint: hint) }
    adapter.refusal = message
    context.report.warning(code, message, at: place, hint: hint)
  }

  private func checkAccounts(of adapter: AdapterConfiguration, _ kind: PluginInfo.Kind, _ path: [String]) {
    let key = context.origins[path + ["accounts"]]?.key
    if kind == .sink, !adapter.accounts.isEmpty {
      context.report.error("unknown-key", "\(path.joined(separator: ".")) is a sink and has no accounts", at: key)
    } else if kind == .channel, key == nil {
      context.report.warning(
        "no-accounts", "\(path.joined(separator: ".")) maps no account to a tenant: none of its events will be stored",
        at: context.origins[path]?.key, hint: "accounts: { \"ACCOUNT\": { tenant: demo } }")
    }
  }

  private func checkSettings(
    ofAccounts adapter: inout AdapterConfiguration, _ schema: PluginSchema, _ path: [String], into outcome: inout SchemaOutcome
  ) {
    var settings = JSONObject()
    for index in adapter.accounts.entries.indices {
      let name = adapter.accounts.entries[index].name
      let own = path + ["accounts", name]
      let entries = adapter.accounts.entries[index].value.entries
      guard let account = schema.account else {
        for entry in entries {
          outcome.add(
            "unknown-key", "unknown key \(quoted(entry.key)) in \(own.joined(separator: "."))", at: entry.keyPlace,
            hint: suggestion(for: entry.key, in: ["tenant"]))
        }
        continue
      }
      guard let place = context.origins[own] else { continue }
      let node = ConfigNode(place: place.value, content: .mapping(entries))
      let value = SchemaValidator(schema: schema, base: own, home: place.key).validate(node, against: account, into: &outcome)
      adapter.accounts.entries[index].value.settings = value.object ?? [:]
      // The plugin may need to know which of its accounts belong together; it has no other way to learn a tenant.
      var known = value.object ?? [:]
      known["tenant"] = .string(adapter.accounts.entries[index].value.tenant)
      settings.append(name, .object(known))
    }
    if schema.account != nil { adapter.settings.accounts = settings }
  }

  private func take(_ outcome: SchemaOutcome) {
    for mask in outcome.masks { context.report.mask(mask) }
    for finding in outcome.findings { context.report.error(finding.code, finding.message, at: finding.place, hint: finding.hint) }
    for (path, origin) in outcome.origins { context.origin(path, origin) }
  }
}
