import HubModel
import HubPluginSDK
import OrderedJSON

extension SendTemplate {
  /// The request that sends a message in a workspace.
  ///
  /// - Throws: `unsupported` for what the operator's request has no place for.
  func request(_ send: HubSend, of account: Configuration.Account) throws(HubError) -> HubOutboundRequest {
    var values = [
      "workspaceId": account.workspace, "conversationId": send.conversation, "reference": send.reference,
      "replyToMessageId": send.replyTo?.providerMessageID ?? "",
    ]
    var upload: String?
    switch send.content {
    case .text(let text, _): (values["type"], values["content"]) = ("text", text)
    case .media(let media):
      values["type"] = try Self.word(media.kind)
      values["content"] = media.caption ?? ""
      (values["mimeType"], values["fileName"]) = (media.mimeType ?? "", media.fileName ?? "")
      values["size"] = media.size.map(String.init) ?? ""
      switch media.source {
      case .url(let url) where names.contains("mediaUrl"):
        // Whoever reads it there may fetch it, from inside of the operator's network.
        guard OutboundURL(url)?.looksPublic == true else {
          throw HubError(.invalid, "message.media.url is no http address on the public internet")
        }
        values["mediaUrl"] = url
      case .upload(let id) where body.names.contains(Self.bytes): upload = id
      default: throw HubError(.unsupported, "the configured request has no place for this file")
      }
    default: throw HubError(.unsupported, "ChatEngine has no messages of this type")
    }
    var request = HubOutboundRequest(method, url.filled(values, HubOutboundRequest.encoded))
    // The hub puts the token in the handle's place.
    let given = values.merging(["token": account.token]) { $1 }
    request.headers = headers.map { ($0.name, $0.value.filled(given, Template.headerSafe)) }
    if headers.contains(where: { $0.name.lowercased() == "content-type" }) == false {
      request.headers.append(("Content-Type", "application/json"))
    }
    request.parts = parts(values, upload: upload)
    request.timeout = .milliseconds(timeoutMs)
    request.cause = send.cause
    return request
  }

  /// Whatever stands in the address or the body.
  private var names: Set<String> { url.names.union(body.names) }

  private static func word(_ kind: HubMedia.Kind) throws(HubError) -> String {
    switch kind {
    case .image, .video, .audio: return kind.rawValue
    case .document: return "file"
    case .sticker: throw HubError(.unsupported, "ChatEngine has no messages of this type")
    }
  }

  private func parts(_ values: [String: String], upload: String?) -> [HubOutboundRequest.Part] {
    var parts: [HubOutboundRequest.Part] = []
    var text = ""
    for piece in body.pieces {
      switch piece {
      case .text(let piece): text += piece
      case .value(Self.bytes):
        guard let upload else { continue }
        parts += [.bytes(Array(text.utf8)), .upload(upload, base64: true)]
        text = ""
      case .value(let name): text += Template.jsonEscaped(values[name] ?? "")
      }
    }
    return parts + [.bytes(Array(text.utf8))]
  }

  // MARK: What an answer means

  /// What became of an attempt that was answered.
  func outcome(_ answer: HubHTTPResponse) -> HubOutcome {
    let code = "http_\(answer.status)"
    let text = Self.words(answer.body)
    switch answer.status {
    case 200...299: return .accepted(providerMessageID: id(in: answer.body))
    case 401, 403: return .down(code: code, text: text)
    // A proxy on the way says so too, when the request may have come through.
    case 408, 500...:
      guard isIdempotent else { return .unknown(code: code, text: text) }
      return .retry(afterMilliseconds: answer.retryAfter, code: code, text: text)
    case 429: return .retry(afterMilliseconds: answer.retryAfter, scope: .account, code: code, text: text)
    default: return .rejected(code: code, text: text)
    }
  }

  /// What the server says went wrong.
  private static func words(_ body: [UInt8]) -> String {
    guard let answer = try? JSONValue(parsing: body, maxValues: 10_000) else { return "" }
    let words = answer["message"]?.string ?? answer["error"]?.string ?? answer["error"]?["message"]?.string ?? ""
    return String(words.prefix(300))
  }
}
