import HubPluginSDK
import OrderedJSON
import Testing

@testable import Evolution

@Suite struct ConfigurationTests {
  static let minimal: JSONObject = ["mode": "webhook", "webhook_secret": "secret://file/s"]

  private func with(_ key: String, _ value: JSONValue?) -> JSONValue {
    var config = Self.minimal
    config[key] = value
    return .object(config)
  }

  @Test("what is left out has its default")
  func defaults() throws {
    let configuration = try Configuration(.object(Self.minimal))
    #expect(configuration.path == "/api/whatsapp/webhook")
    #expect(configuration.secrets == ["secret://file/s"])
    #expect(configuration.credentials == .init(header: "X-Webhook-Secret", parameter: nil))
    #expect(configuration.checksCredentials)
  }

  @Test("the socket modes are refused with what they wait for", arguments: ["instance", "global"])
  func socketModes(_ mode: String) {
    #expect(throws: HubError(.unsupported, "config.mode: \(mode) comes with hub.upstream-socket/1; this version takes webhook")) {
      try Configuration(with("mode", .string(mode)))
    }
  }

  @Test(
    "what cannot work is refused with a reason",
    arguments: [
      ("mode", nil), ("mode", "push"), ("webhook_path", "webhook"), ("webhook_path", "/"), ("webhook_secret", nil), ("webhook_secret", ""),
      ("webhook_secret", []), ("webhook_secret", nil), ("webhook_secret", .array(Array(repeating: "secret://x", count: 9))),
    ] as [(String, JSONValue?)])
  func refused(_ key: String, _ value: JSONValue?) {
    #expect { try Configuration(with(key, value)) } throws: { ("\($0)" as String).contains("config.\(key)") }
  }

  @Test("deliveries need a secret unless the configuration says off", arguments: ["on", true, nil, "yes", 0] as [JSONValue?])
  func on(_ value: JSONValue?) throws {
    #expect(try Configuration(with("signature", value)).checksCredentials)
  }

  @Test("off may arrive as the text or as false, and then needs no secret", arguments: ["off", false] as [JSONValue])
  func off(_ value: JSONValue) throws {
    #expect(try Configuration(["mode": "webhook", "signature": value]).checksCredentials == false)
  }

  @Test("the accounts are the instances, whatever their names")
  func instances() throws {
    #expect(
      try Configuration(with("accounts", ["oficina_e9f2ed4d": [:], "loja centro": nil])).instances == ["oficina_e9f2ed4d", "loja centro"])
  }

  @Test("the schema is JSON, closed, claims the path and what is below it, asks for large bodies and for its accounts")
  func schema() throws {
    let schema = try JSONValue(parsing: ConfigSchema.text)
    #expect(schema["additionalProperties"] == false)
    #expect(schema["properties"]?["webhook_path"]?["x-hub-claim"] == "http-tree")
    #expect(schema["x-hub-max-body"] == 33_554_432)
    // Without it the hub does not tell the plugin its accounts.
    #expect(schema["x-hub-account"]?["additionalProperties"] == false)
  }
}
