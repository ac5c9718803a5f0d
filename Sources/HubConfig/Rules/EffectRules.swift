/// Names the keys that ask for what this version does not do, so that nobody counts on them.
struct EffectRules {
  let context: ReadContext

  func check(_ configuration: HubConfiguration) {
    let disabled = Set(
      configuration.channels.filter { !$0.value.enabled }.map { ["channels", $0.name] }
        + configuration.sinks.filter { !$0.value.enabled }.map { ["sinks", $0.name] })
    for shortfall in context.shortfalls where !disabled.contains(Array(shortfall.path.prefix(2))) { report(shortfall) }
  }

  private func report(_ shortfall: Shortfall) {
    let name = shortfall.path.joined(separator: ".")
    let key = context.origins[shortfall.path]?.key
    switch shortfall.support {
    case .full: break
    case .ignored: context.report.warning("not-in-effect", "\(name) has no effect in this version", at: key)
    case .refused: context.report.error("unsupported", "\(name): this version cannot do that yet", at: key)
    case .only(let word):
      context.report.error("unsupported", "\(name): this version takes \(word) only", at: context.place(shortfall.path))
    }
  }
}
