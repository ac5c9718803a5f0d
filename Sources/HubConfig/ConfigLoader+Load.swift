extension ConfigLoader {
  /// Loads a file.
  ///
  /// - Parameters:
  ///   - path: hub.yaml as the user named it; findings name it the same way.
  ///   - environment: the variables for `${NAME}`, `secret://env/…` and, as `CREDENTIALS_DIRECTORY`, `secret://credential/…`.
  ///   - catalogue: knows the plugins without running their code in this process.
  ///   - toServe: whether the hub is to run with it, in this environment. Otherwise systemd's credentials may be out of reach, as they
  ///     are for everybody but the service, and are only warned about.
  public static func load(
    path: String, environment: [String: String], catalogue: some PluginCatalogue, toServe: Bool = true
  ) -> LoadResult {
    let report = Report()
    let context = ReadContext(report: report)
    guard var configuration = parse(path: path, environment: environment, context: context) else {
      return LoadResult(configuration: nil, diagnostics: report.diagnostics(), parsed: nil, origins: [:], repeated: [:])
    }
    var adapters = AdapterRules(context: context, catalogue: catalogue)
    adapters.apply(to: &configuration)
    ListenerRules(context: context).check(configuration)
    AuthRules(context: context).check(configuration)
    ClaimRules(context: context).check(configuration)
    EffectRules(context: context).check(configuration)
    let resolver = SecretResolver(folder: configuration.folder, environment: environment)
    SecretRules(context: context, resolver: resolver, needsCredentials: toServe)
      .check(SecretUse.own(in: configuration, context) + adapters.secrets)
    CertificateRules(context: context, resolver: resolver).check(configuration)
    return LoadResult(
      configuration: report.hasErrors ? nil : configuration, diagnostics: report.diagnostics(), parsed: configuration,
      origins: context.origins, repeated: report.repeated)
  }
}
