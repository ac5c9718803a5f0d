import HubModel
import OrderedJSON

@testable import HubConfig

/// A hub.yaml: nodes, substitution, typed options, rules and the findings as text. Reading it twice finds the same, and a file that gives
/// no tree gives a reason.
enum YAMLTarget: FuzzTarget {
  private static let environment = ["NAME": "value", "EMPTY": "", "LIST": "[a, b]"]

  static func run(_ input: UnsafeRawBufferPointer) {
    let text = read(Array(input))
    require(text == read(Array(input)), "read again it gives other findings")
  }

  private static func read(_ bytes: [UInt8]) -> String {
    let report = Report()
    let context = ReadContext(report: report)
    let configuration = options(bytes, context)
    if let configuration {
      ListenerRules(context: context).check(configuration)
      AuthRules(context: context).check(configuration)
      ClaimRules(context: context).check(configuration)
      EffectRules(context: context).check(configuration)
    }
    let diagnostics = report.diagnostics()
    require(diagnostics.count <= Report.maxDiagnostics + 1, "too many findings")
    let result = LoadResult(
      configuration: report.hasErrors ? nil : configuration, diagnostics: diagnostics, parsed: configuration, origins: context.origins,
      repeated: report.repeated)
    let check = CheckReport(file: "hub.yaml", result: result)
    return check.text + check.json.description
  }

  private static func options(_ bytes: [UInt8], _ context: ReadContext) -> HubConfiguration? {
    let report = context.report
    guard let source = SourceText(bytes: bytes, file: "hub.yaml", report: report) else {
      require(report.hasErrors, "bytes are no text, and nobody says why")
      return nil
    }
    report.add(source, file: "hub.yaml")
    guard let root = YAMLComposer.compose(source.text, file: "hub.yaml", report: report) else { return nil }
    return HubConfiguration.read(Interpolation(environment: environment, report: report).expand(root), context)
  }
}
