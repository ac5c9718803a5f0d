import CLibCrypto
import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization

@testable import Evolution

/// The channel in a host in memory, and deliveries as Evolution makes them.
enum TestWebhook {
  static let path = "/api/whatsapp/webhook"

  static func host(_ change: (inout JSONObject) -> Void = { _ in }) async throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.secrets = ["secret://file/new": "s1", "secret://file/old": "s0"] }
    var config: JSONObject = [
      "mode": "webhook", "webhook_path": .string(path), "webhook_secret": ["secret://file/new", "secret://file/old"],
      "accounts": ["loja-centro": ["tenant": "norte"], "oficina_e9f2ed4d": ["tenant": "sul"]],
    ]
    change(&config)
    try host.load(EvolutionChannel.self, as: "evo", config: .object(config))
    try await host.start()
    return host
  }

  static func post(
    _ host: FakeHost, _ body: [UInt8], headers: [(String, String)] = [("x-webhook-secret", "s1")], to target: String = path,
    cause: String = "cause-1"
  ) async -> FakeHost.Response {
    await host.request("POST", target, headers: headers, body: body, cause: cause)
  }

  static func message(_ id: String = "3A5C", text: String = "Bom dia", instance: String = "loja-centro") -> [UInt8] {
    envelope(
      "messages.upsert",
      [
        "key": ["remoteJid": "5511991230001@s.whatsapp.net", "fromMe": false, "id": .string(id)], "pushName": "Marina",
        "message": ["conversation": .string(text)], "messageType": "conversation", "messageTimestamp": 1_767_625_200,
      ], instance: instance)
  }

  static func envelope(_ event: String, _ data: JSONValue, instance: String = "loja-centro") -> [UInt8] {
    let value: JSONValue = [
      "event": .string(event), "instance": .string(instance), "data": data, "date_time": "2026-01-05T12:00:01.512Z",
      "apikey": "INSTANCE-TOKEN",
    ]
    return value.serialized()
  }

  /// A token as the server makes it of its `jwt_key`.
  static func token(
    _ key: String = "s1", header: JSONValue = ["alg": "HS256", "typ": "JWT"], issued: Int64, expires: Int64? = nil,
    app: String = "evolution",
    action: String = "webhook"
  ) -> String {
    let claims: JSONValue = [
      "iat": .number(JSONNumber(issued)), "exp": .number(JSONNumber(expires ?? issued + 600)), "app": .string(app),
      "action": .string(action),
    ]
    let signed = "\(base64url(header.serialized())).\(base64url(claims.serialized()))"
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    _ = HMAC(EVP_sha256(), key, Int32(key.utf8.count), Array(signed.utf8), signed.utf8.count, &code, &length)
    return "\(signed).\(base64url(code))"
  }

  private static func base64url(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: bytes.count / 3 * 4 + 8)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self).replacing("+", with: "-").replacing("/", with: "_").filter { $0 != "=" }
  }
}

/// Base64 as a server writes it.
enum Base64Text {
  static func encode(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: bytes.count / 3 * 4 + 8)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
  }
}
