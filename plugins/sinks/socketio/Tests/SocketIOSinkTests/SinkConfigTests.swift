import OrderedJSON
import Testing

@testable import SocketIOSink

@Suite("Configuration")
struct SinkConfigTests {
  @Test("the schema is JSON, claims the namespace and names every dialect and placeholder")
  func schema() throws {
    let schema = try JSONValue(parsing: SinkConfig.schema)
    #expect(schema["properties"]?["namespace"]?["x-hub-claim"] == "namespace")
    #expect(schema["properties"]?["dialect"]?["enum"]?.array?.compactMap(\.string) == Dialect.all.map(\.name))
    #expect(schema["properties"]?["placeholders"]?["properties"]?.object?.keys == Placeholders.types)
  }

  @Test("what a namespace carries follows from its name unless it is said")
  func kinds() throws {
    #expect(try SinkConfig(["namespace": "/"]).kinds == .all)
    #expect(try SinkConfig(["namespace": "/whatsapp"]).kinds == .whatsapp)
    #expect(try SinkConfig(["namespace": "/whatsapp", "kinds": "all"]).kinds == .all)
    #expect(try SinkConfig(["namespace": "/", "kinds": "whatsapp"]).kinds == .whatsapp)
  }

  @Test(
    "a bad value is refused by name",
    arguments: [
      (#"{}"#, "namespace"), (#"{"namespace":"x"}"#, "namespace"), (#"{"namespace":"/","dialect":"klingon"}"#, "dialect"),
      (#"{"namespace":"/","kinds":"some"}"#, "kinds"), (#"{"namespace":"/","placeholders":{"gif":"x"}}"#, "placeholders.gif"),
    ])
  func refused(config: String, member: String) throws {
    let error = try #require(throws: ConfigError.self) { try SinkConfig(JSONValue(parsing: config)) }
    #expect(error.description.hasPrefix(member))
  }
}
