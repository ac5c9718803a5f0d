import OrderedJSON
import Testing

@testable import StatsSink

@Suite("Configuration of the stats sink")
struct StatsConfigTests {
  @Test("nothing said means the documented path, for who brings a token")
  func defaults() throws {
    let config = try StatsConfig([:])
    #expect(config.path == "/api/socket/stats")
    #expect(config.access == .token)
  }

  @Test("the schema is JSON, claims the path and names every access")
  func schema() throws {
    let schema = try JSONValue(parsing: StatsConfig.schema)
    #expect(schema["properties"]?["path"]?["x-hub-claim"] == "http-path")
    #expect(schema["properties"]?["access"]?["enum"]?.array?.compactMap(\.string) == StatsAccess.allCases.map(\.rawValue))
  }

  @Test("a bad value is refused by name", arguments: [(#"{"path":"x"}"#, "path"), (#"{"access":"local"}"#, "access")])
  func refused(config: String, member: String) throws {
    let error = try #require(throws: StatsConfigError.self) { try StatsConfig(JSONValue(parsing: config)) }
    #expect(error.description.hasPrefix(member))
  }
}
