internal import CHubPlugin
internal import HubModel
internal import NIOCore

/// What a plugin asked for, checked.
struct OutboundPlan {
  static let maximumTimeout: UInt32 = 600_000
  static let maximumAnswer: UInt64 = 64 << 20
  private static let ownHeaders: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "expect",
  ]

  enum Part {
    case bytes(ByteBuffer)
    case upload(id: String, isBase64: Bool)
  }

  var request: OutboundRequest
  var parts: [Part]
  var maxBody: Int
  var cause: String
  var isForeign: Bool

  /// Nil when it makes no sense. `secret` gives the value behind a handle of the config; nil: there is none.
  init?(_ raw: hub_http_request_1, isHandle: (String) -> Bool, secret: (String) -> [UInt8]?) {
    guard Self.isSane(raw), let url = OutboundURL(raw.url.text) else { return nil }
    let method = raw.method.text
    guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }), method != "CONNECT", method != "TRACE" else {
      return nil
    }
    request = OutboundRequest(method: method, url: url)
    for pair in UnsafeBufferPointer(start: raw.headers, count: Int(raw.n_headers)) {
      let name = pair.name.text
      let value = Self.resolved(pair.value.text, isHandle: isHandle, secret: secret)
      guard Self.isToken(name), !Self.ownHeaders.contains(name.lowercased()), let value, Self.isFieldValue(value) else { return nil }
      request.headers.append((name, value))
    }
    parts = []
    for part in UnsafeBufferPointer(start: raw.parts, count: Int(raw.n_parts)) {
      switch Int(part.form) {
      case HUB_BODY_BYTES: parts.append(.bytes(ByteBuffer(bytes: part.value.bytes)))
      case HUB_BODY_UPLOAD: parts.append(.upload(id: part.value.text, isBase64: false))
      case HUB_BODY_UPLOAD_BASE64: parts.append(.upload(id: part.value.text, isBase64: true))
      default: return nil
      }
    }
    request.timeout = .milliseconds(raw.timeout_ms == 0 ? 30_000 : min(raw.timeout_ms, Self.maximumTimeout))
    maxBody = raw.max_body == 0 ? 1 << 20 : Int(min(raw.max_body, Self.maximumAnswer))
    cause = raw.cause.text
    if raw.ca_file.len > 0 { request.authority = raw.ca_file.text }
    isForeign = raw.flags & UInt32(HUB_HTTP_FOREIGN) != 0
  }

  /// The bytes of the body that are held in memory.
  var heldBytes: Int {
    parts.reduce(into: 0) { held, part in
      if case .bytes(let bytes) = part { held += bytes.readableBytes }
    }
  }

  /// A handle alone or after a space becomes its value; nil when there is none.
  private static func resolved(_ text: String, isHandle: (String) -> Bool, secret: (String) -> [UInt8]?) -> String? {
    let start = text.lastIndex(of: " ").map(text.index(after:)) ?? text.startIndex
    let handle = String(text[start...])
    guard handle.hasPrefix("secret://"), isHandle(handle) else { return text }
    guard let value = secret(handle) else { return nil }
    return text[..<start] + String(decoding: value, as: UTF8.self)
  }

  private static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  private static func isFieldValue(_ value: String) -> Bool { value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) } }

  private static func isSane(_ raw: hub_http_request_1) -> Bool {
    raw.method.len <= 32 && raw.url.len <= 8192 && raw.n_headers <= 128 && (raw.headers != nil || raw.n_headers == 0) && raw.n_parts <= 1024
      && (raw.parts != nil || raw.n_parts == 0) && raw.cause.len <= 4096 && raw.ca_file.len <= 4096
      && UnsafeBufferPointer(start: raw.headers, count: Int(raw.n_headers)).allSatisfy { $0.name.len <= 256 && $0.value.len <= 16384 }
      && UnsafeBufferPointer(start: raw.parts, count: Int(raw.n_parts)).allSatisfy {
        $0.value.len <= AdapterOutbound.maximumBytes && ($0.value.ptr != nil || $0.value.len == 0)
      }
  }
}
