public import HubModel

/// What loading a configuration gave.
public struct LoadResult: Sendable {
  /// The configuration; nil when there is any error, or when not everything was looked at.
  public let configuration: HubConfiguration?
  /// Every finding, errors and warnings, in the order of the file.
  public let diagnostics: [Diagnostic]

  /// What could be read, errors or not; nil when nothing could.
  let parsed: HubConfiguration?
  let origins: [[String]: Origin]
  /// The place of a key's first occurrence by that of a later one.
  let repeated: [Diagnostic.Place: Diagnostic.Place]
}

/// Reads hub.yaml: text → nodes with places → typed options → checks. Every error is reported in one pass.
public enum ConfigLoader {
  /// Loads what a command needs that needs only some keys: no plugin is asked, and of the secrets only those below some keys are looked
  /// at, given as paths. The whole configuration is never had this way, only `configuration(using:)`.
  public static func loadOptions(path: String, environment: [String: String], secrets: [[String]]) -> LoadResult {
    let report = Report()
    let context = ReadContext(report: report)
    let configuration = parse(path: path, environment: environment, context: context)
    if let configuration {
      AuthRules(context: context).check(configuration)
      EffectRules(context: context).check(configuration)
      let uses = SecretUse.own(in: configuration, context).filter { use in secrets.contains { use.path.starts(with: $0) } }
      SecretRules(context: context, resolver: SecretResolver(folder: configuration.folder, environment: environment)).check(uses)
      // Only the plugins know which of these must not be shown.
      for place in configuration.settingPlaces { report.mask(place) }
    }
    return LoadResult(
      configuration: nil, diagnostics: report.diagnostics(), parsed: configuration, origins: context.origins, repeated: report.repeated)
  }

  /// The typed options alone: nothing that needs plugins, secrets or a look at several keys together.
  static func parse(path: String, environment: [String: String], context: ReadContext) -> HubConfiguration? {
    let report = context.report
    let file: FileReader
    do {
      file = try FileReader(path)
    } catch {
      report.error("unreadable-file", "\(printable(path)): \(error)", at: nil, hint: error.isMissing ? "hub init writes one" : nil)
      return nil
    }
    guard let root = SourceFile(path: path, environment: environment, report: report).read(file) else { return nil }
    let merged = Includes(main: path, environment: environment, report: report).merge(into: root)
    var configuration = HubConfiguration.read(merged, context)
    configuration.folder = Paths.folder(of: path)
    return configuration
  }
}
