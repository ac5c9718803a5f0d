import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import ChatEngine

@Suite struct ConfigurationTests {
  private static let minimal: JSONObject = ["url": "http://127.0.0.1:9000", "accounts": ["ws": ["token": "secret://t"]]]

  @Test("what is left out has its default")
  func defaults() throws {
    let configuration = try Configuration(.object(Self.minimal))
    #expect(configuration.url == "http://127.0.0.1:9000")
    #expect(configuration.path == "/api/ws/")
    #expect(configuration.policy == .onDemand)
    #expect(configuration.limit == 5000)
    #expect(configuration.accounts.map(\.workspace) == ["ws"])
    #expect(configuration.template == nil)
  }

  @Test(
    "the address loses its final slash and the path has one",
    arguments: [("https://a.example/", "/api/ws/"), ("https://a.example", "/api/ws")])
  func slashes(_ url: String, _ path: String) throws {
    var config = Self.minimal
    (config["url"], config["path"]) = (.string(url), .string(path))
    let configuration = try Configuration(.object(config))
    #expect(configuration.url == "https://a.example" && configuration.path == "/api/ws/")
  }

  @Test(
    "what cannot work is refused with a reason",
    arguments: [
      ("url", nil), ("url", "ftp://a.example"), ("url", "wss://a.example"), ("url", "https://a.example/api"), ("url", "https://"),
      ("url", "https://u@a.example"), ("path", "api"), ("subscribe", "some"), ("subscribe_limit", 0), ("send", "x"),
    ] as [(String, JSONValue?)])
  func refused(_ key: String, _ value: JSONValue?) {
    #expect { try Configuration(Self.minimal.with(key, value)) } throws: { ("\($0)" as String).contains("config.\(key)") }
  }

  @Test("a workspace without token is refused by name")
  func noToken() {
    #expect { try Configuration(Self.minimal.with("accounts", ["ws_norte": [:]])) } throws: {
      ("\($0)" as String).contains("accounts.ws_norte.token")
    }
  }

  @Test("the schema is JSON, closed, and asks for its accounts and their tokens")
  func schema() throws {
    let schema = try JSONValue(parsing: ConfigSchema.text)
    #expect(schema["additionalProperties"] == false)
    #expect(schema["x-hub-account"]?["required"] == ["token"])
    #expect(schema["x-hub-account"]?["properties"]?["token"]?["format"] == "secret")
  }
}
