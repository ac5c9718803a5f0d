import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import MetaCloud

@Suite struct ConfigurationTests {
  static let minimal: JSONObject = ["path": "/webhooks/whatsapp", "verify_token": "secret://file/t", "app_secret": "secret://file/s"]

  @Test("tokens and secrets are one or a list")
  func lists() throws {
    let one = try Configuration(.object(Self.minimal))
    #expect(one.verifyTokens == ["secret://file/t"])
    #expect(one.appSecrets == ["secret://file/s"])
    #expect(one.checksSignature)
    #expect(try Configuration(Self.minimal.with("app_secret", ["secret://a", "secret://b"])).appSecrets == ["secret://a", "secret://b"])
  }

  @Test("signatures are off only when the configuration says so", arguments: ["on", true, nil, "yes", 0, ""] as [JSONValue?])
  func signatureOn(_ value: JSONValue?) throws {
    #expect(try Configuration(Self.minimal.with("signature", value)).checksSignature)
  }

  @Test("off may arrive as the text or as false, and then needs no secret", arguments: ["off", false] as [JSONValue])
  func signatureOff(_ value: JSONValue) throws {
    var config = Self.minimal
    config["signature"] = value
    config["app_secret"] = nil
    #expect(try Configuration(.object(config)).checksSignature == false)
  }

  @Test(
    "what cannot work is refused with a reason",
    arguments: [
      ("path", nil), ("path", "webhooks"), ("verify_token", nil), ("verify_token", ""), ("verify_token", []), ("app_secret", nil),
      ("app_secret", [""]), ("app_secret", .array(Array(repeating: "secret://x", count: 9))),
    ] as [(String, JSONValue?)])
  func refused(_ key: String, _ value: JSONValue?) {
    #expect { try Configuration(Self.minimal.with(key, value)) } throws: { ("\($0)" as String).contains("config.\(key)") }
  }

  @Test("the settings of accounts name business account and number, also as numbers")
  func accounts() throws {
    let configuration = try Configuration(
      Self.minimal.with("accounts", ["1": ["waba": 203_948_571_209_384, "phone": "+55 11 94000-1000"], "2": [:], "3": .null]))
    #expect(
      configuration.directory
        == AccountDirectory(["1": .init(waba: "203948571209384", phone: "5511940001000"), "2": .init(), "3": .init()]))
  }

  @Test("the schema is JSON, closed, and claims the path")
  func schema() throws {
    let schema = try JSONValue(parsing: ConfigSchema.text)
    #expect(schema["additionalProperties"] == false)
    #expect(schema["properties"]?["path"]?["x-hub-claim"] == "http-path")
    #expect(schema["x-hub-account"]?["additionalProperties"] == false)
    #expect(schema["x-hub-rate"] == 80, "messages a second of a number, unless hub.yaml says otherwise")
  }
}
