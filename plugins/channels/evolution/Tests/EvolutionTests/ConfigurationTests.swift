import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import Evolution

@Suite struct ConfigurationTests {
  static let minimal: JSONObject = ["mode": "webhook", "webhook_secret": "secret://file/s"]

  @Test("what is left out has its default")
  func defaults() throws {
    let configuration = try Configuration(.object(Self.minimal))
    #expect(configuration.path == "/api/whatsapp/webhook")
    #expect(configuration.secrets == ["secret://file/s"])
    #expect(configuration.credentials == .init(header: "X-Webhook-Secret", parameter: nil))
    #expect(configuration.checksCredentials)
  }

  @Test(
    "a socket needs the server's address and nothing else; the webhook is open beside it when it has a secret",
    arguments: ["instance", "global"])
  func socketModes(_ mode: String) throws {
    #expect(throws: HubError(.invalid, "config.url is missing: mode \(mode) connects to it")) {
      try Configuration(Self.minimal.with("mode", .string(mode)))
    }
    var config: JSONObject = ["mode": .string(mode), "url": "http://127.0.0.1:8080"]
    let alone = try Configuration(.object(config))
    #expect(alone.takesWebhooks == false && alone.server?.origin == "http://127.0.0.1:8080" && alone.server?.prefix == "")
    #expect(alone.server?.key == nil && alone.maxEvent == 64 << 20)
    config["webhook_secret"] = "secret://file/s"
    #expect(try Configuration(.object(config)).takesWebhooks)
  }

  @Test("the server's address is taken apart, and an instance's own token goes before the global key")
  func server() throws {
    var config = Self.minimal
    config["url"] = "https://h:1/a/b//"
    config["api_key"] = "secret://env/G"
    config["accounts"] = ["loja": ["tenant": "t", "api_key": "secret://env/L"], "sul": ["tenant": "t"]]
    let server = try #require(try Configuration(.object(config)).server)
    #expect(server.origin == "https://h:1" && server.prefix == "/a/b")
    #expect(server.key(of: "loja") == "secret://env/L" && server.key(of: "sul") == "secret://env/G")
    #expect(server.isKeyInQuery == false)
  }

  @Test(
    "what cannot work is refused with a reason",
    arguments: [
      ("mode", nil), ("mode", "push"), ("webhook_path", "webhook"), ("webhook_path", "/"), ("webhook_secret", nil), ("webhook_secret", ""),
      ("webhook_secret", []), ("webhook_secret", nil), ("webhook_secret", .array(Array(repeating: "secret://x", count: 9))),
      ("url", "ftp://x"), ("url", "x"), ("url", "http://"), ("url", "http:///a"), ("url", "http://u@h"), ("url", "http://h/?a=b"),
      ("max_event", "many"),
    ] as [(String, JSONValue?)])
  func refused(_ key: String, _ value: JSONValue?) {
    #expect { try Configuration(Self.minimal.with(key, value)) } throws: { ("\($0)" as String).contains("config.\(key)") }
  }

  @Test("deliveries need a secret unless the configuration says off", arguments: ["on", true, nil, "yes", 0] as [JSONValue?])
  func on(_ value: JSONValue?) throws {
    #expect(try Configuration(Self.minimal.with("signature", value)).checksCredentials)
  }

  @Test("off may arrive as the text or as false, and then needs no secret", arguments: ["off", false] as [JSONValue])
  func off(_ value: JSONValue) throws {
    #expect(try Configuration(["mode": "webhook", "signature": value]).checksCredentials == false)
  }

  @Test(
    "links are previewed on request unless the configuration says off",
    arguments: [(nil, true), ("on", true), ("off", false), (false, false)] as [(JSONValue?, Bool)])
  func previews(_ value: JSONValue?, _ isAllowed: Bool) throws {
    #expect(try Configuration(Self.minimal.with("link_previews", value)).previewsLinks == isAllowed)
  }

  @Test("the accounts are the instances, whatever their names")
  func instances() throws {
    #expect(
      try Configuration(Self.minimal.with("accounts", ["oficina_e9f2ed4d": [:], "loja centro": .null])).instances == [
        "oficina_e9f2ed4d", "loja centro",
      ])
  }

  @Test("the schema is JSON, closed, claims the path and what is below it where it is open, asks for large bodies and for its accounts")
  func schema() throws {
    let schema = try JSONValue(parsing: ConfigSchema.text)
    #expect(schema["additionalProperties"] == false)
    #expect(schema["properties"]?["webhook_path"]?["x-hub-claim"] == nil)
    for branch in [schema["else"], schema["then"]?["then"]] {
      #expect(branch?["properties"]?["webhook_path"]?["x-hub-claim"] == "http-tree")
    }
    #expect(schema["x-hub-max-body"] == 33_554_432)
    // Without it the hub does not tell the plugin its accounts.
    #expect(schema["x-hub-account"]?["additionalProperties"] == false)
    #expect(schema["x-hub-account"]?["properties"]?["api_key"]?["format"] == "secret")
  }
}
