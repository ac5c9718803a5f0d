/// Names the keys that are read and checked but not acted upon, so that nobody counts on them. A value that asks for what the hub
/// does anyway is passed over.
struct EffectRules {
  let context: ReadContext

  func check(_ configuration: HubConfiguration) {
    check(configuration.limits)
    // Without these two the hub would be more open than the file says.
    if configuration.auth.authorizer != nil { refuse(["auth", "authorizer"]) }
    if configuration.journal.history != .keep { warn(["journal", "history"]) }
    for channel in configuration.channels where channel.value.enabled { check(channel.value, ["channels", channel.name]) }
    for sink in configuration.sinks where sink.value.enabled { check(sink.value, ["sinks", sink.name]) }
  }

  private func check(_ limits: LimitOptions) {
    let standard = LimitOptions()
    let keys: [(section: String, key: String, path: KeyPath<LimitOptions, Int>)] = [
      ("per_user", "sends", \.perUser.sends), ("per_tenant", "sends", \.perTenant.sends),
    ]
    for (section, key, path) in keys {
      let value = limits[keyPath: path]
      // 0 is no limit, and so is what there is.
      if value != 0, value != standard[keyPath: path] { warn(["limits", section, key]) }
    }
  }

  private func check(_ adapter: AdapterConfiguration, _ path: [String]) {
    if adapter.isolation == .process { refuse(path + ["isolation"]) }
    if adapter.memory != nil { warn(path + ["memory"]) }
    if adapter.cpu != nil { warn(path + ["cpu"]) }
    if adapter.egress != nil { warn(path + ["egress"]) }
    if adapter.rate != nil { warn(path + ["rate"]) }
  }

  private func refuse(_ path: [String]) {
    context.report.error(
      "unsupported", "\(path.joined(separator: ".")): this version cannot do that yet", at: context.origins[path]?.key)
  }

  private func warn(_ path: [String]) {
    context.report.warning(
      "not-in-effect", "\(path.joined(separator: ".")) has no effect in this version", at: context.origins[path]?.key)
  }
}
