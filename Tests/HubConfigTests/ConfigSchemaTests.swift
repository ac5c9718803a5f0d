import HubModel
import OrderedJSON
import Testing

@testable import HubConfig

@Suite struct ConfigSchemaTests {
  @Test("the schema of the file uses only keywords that the hub checks itself")
  func isChecked() {
    #expect(PluginSchema(ConfigSchema.json.description).problems == [])
  }

  @Test("the shipped file fits the schema, and a mistyped one does not")
  func takesTheSample() throws {
    let text = try Scratch.text(HubInitTests.repositoryFile)
    #expect(findings(text) == [])
    #expect(findings(text.replacing("ping_timeout", with: "pong_timeout")) == ["unknown-key"])
    #expect(findings(text.replacing("sync: full", with: "sync: normal")) == ["bad-value"])
    #expect(findings(text.replacing("version: 1\n", with: "")) == ["missing-key"])
  }

  @Test("every key has a description, and the table lists it with its default")
  func describes() {
    #expect(ConfigSchema.markdown.contains("| `realtime.ping_interval` | duration | `\"25s\"` | How often the server pings. |"))
    #expect(ConfigSchema.markdown.contains("| `channels.NAME.plugin` | string | required |"))
    #expect(!ConfigSchema.markdown.contains("|  |\n"))
  }

  @Test("the table and the schema mark the keys that this version does not go along with, and no others")
  func marks() {
    let rows = ConfigSchema.markdown.split(separator: "\n").map { $0.split(separator: "`") }.filter { $0.count > 1 }
    func keys(_ mark: String) -> Set<String> {
      Set(rows.filter { $0.joined().contains(mark) }.map { String($0[1]) })
    }
    let adapters = ["memory", "cpu"].flatMap { ["channels.NAME.\($0)", "sinks.NAME.\($0)"] }
    #expect(keys("No effect in this version.") == Set(adapters + ["journal.history"]))
    #expect(keys("Refused by this version.") == ["auth.authorizer", "auth.jwt.jwks"])
    #expect(keys("This version takes") == ["auth.jwt.algorithms", "channels.NAME.isolation", "sinks.NAME.isolation"])
  }

  private func findings(_ text: String) -> [String] {
    let schema = PluginSchema(ConfigSchema.json.description)
    guard let node = YAMLComposer.compose(text, file: "hub.yaml", report: Report()) else { return ["unreadable"] }
    var outcome = SchemaOutcome()
    _ = SchemaValidator(schema: schema, base: [], home: nil).validate(node, against: schema.root, into: &outcome)
    return outcome.findings.map(\.code)
  }
}
