import HubPluginSDK
import OrderedJSON

/// The request that sends a message, as the operator describes it: the contract has none (reference 5).
struct SendTemplate: Sendable, Hashable {
  /// What may stand in the address and the body.
  static let names: Set<String> = [
    "workspaceId", "conversationId", "type", "content", "replyToMessageId", "reference", "mediaUrl", "mimeType", "fileName", "size",
  ]
  /// The bytes of an upload, in the body only.
  static let bytes = "mediaBase64"
  /// What may stand in a header field.
  static let headerNames: Set<String> = ["token", "workspaceId", "reference"]

  let method: String
  let url: Template
  let headers: [Header]
  let body: Template
  /// The way to the message's id in the answer.
  let id: [String]
  let isIdempotent: Bool
  let timeoutMs: UInt32

  /// A header field.
  struct Header: Sendable, Hashable {
    let name: String
    let value: Template
  }

  init(_ value: JSONValue) throws(HubError) {
    guard let config = value.object else { throw HubError(.invalid, "config.send is not an object") }
    method = config.text("method") ?? "POST"
    guard let url = config.text("url"), ["http://", "https://"].contains(where: { url.hasPrefix($0) }) else {
      throw HubError(.invalid, "config.send.url is no http or https address")
    }
    self.url = try Template(url, names: Self.names, at: "config.send.url")
    // The place of the server must not depend on what is sent.
    guard case .text(let begin)? = self.url.pieces.first, begin.split(separator: "/", omittingEmptySubsequences: false).count > 3 else {
      throw HubError(.invalid, "config.send.url: host and port hold no {{…}}")
    }
    var headers: [Header] = []
    for header in config["headers"]?.object ?? [:] {
      let value = header.value.string ?? ""
      let template = try Template(value, names: Self.headerNames, at: "config.send.headers.\(header.key)")
      guard template.names.contains("token") == false || Self.isToken(template) else {
        throw HubError(.invalid, "config.send.headers.\(header.key): {{token}} stands alone, or at the end after a space")
      }
      headers.append(Header(name: header.key, value: template))
    }
    self.headers = headers
    let text: String? =
      switch config["body"] {
      case .string(let text)?: text
      case .object(let object)?: JSONValue.object(object).description
      default: nil
      }
    guard let text else { throw HubError(.invalid, "config.send.body is neither text nor an object") }
    body = try Template(text, names: Self.names.union([Self.bytes]), at: "config.send.body")
    let filled = body.filled([:], Template.jsonEscaped)
    guard (try? JSONValue(parsing: filled)) != nil else {
      throw HubError(.invalid, "config.send.body is no JSON with {{…}} within its strings")
    }
    id = (config.text("id") ?? "id").split(separator: ".").map(String.init)
    isIdempotent = config["idempotent"]?.bool ?? false
    timeoutMs = UInt32(clamping: DurationText.milliseconds(config.text("timeout") ?? "30s") ?? 30_000)
  }

  /// Whether the hub can put a token in its place: it looks for one alone, or at the end after a space.
  private static func isToken(_ template: Template) -> Bool {
    guard template.pieces.last == .value("token") else { return false }
    guard template.pieces.count == 2, case .text(let before)? = template.pieces.first else { return template.pieces.count == 1 }
    return before.hasSuffix(" ")
  }

  /// The message's id in an answer; nil when it is not there.
  func id(in answer: [UInt8]) -> String? {
    guard var value = try? JSONValue(parsing: answer, maxValues: 100_000) else { return nil }
    for name in id {
      guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
      value = next
    }
    switch value {
    case .string(let text) where (1...512).contains(text.utf8.count): return text
    case .number(let number): return number.int64.map(String.init)
    default: return nil
    }
  }
}

/// Durations as hub.yaml writes them; the hub has checked the form.
enum DurationText {
  static func milliseconds(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let value = Int64(text.dropLast(unit.count)), value > 0, value < 1 << 32 else { continue }
      return value * factor
    }
    return nil
  }
}
