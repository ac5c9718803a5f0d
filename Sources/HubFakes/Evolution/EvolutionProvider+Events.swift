import HubModel
import OrderedJSON

/// Events on their way to sockets and webhooks.
extension EvolutionProvider {
  /// Tells an event of an instance, to everybody who is to have it.
  mutating func tell(_ event: String, _ data: JSONValue, of name: String, now: Moment) -> [FakeEffect] {
    guard let instance = instances[name] else { return [] }
    let envelope = envelope(event, data, of: instance, now: now)
    var effects: [FakeEffect] = []
    if options.isGlobal, options.hasSockets { effects.append(emit(event, envelope, to: "/")) }
    if options.hasSockets, let socket = instance.socket, socket.isEnabled, EvolutionEvents.includes(event, socket.events) {
      // The first event makes the namespace, and so is heard by nobody.
      if namespaces.insert("/\(name)").inserted { effects.append(.openNamespace("/\(name)")) }
      effects.append(emit(event, envelope, to: "/\(name)"))
    }
    if let webhook = instance.webhook, webhook.isEnabled, EvolutionEvents.includes(event, webhook.events) {
      effects.append(post(event, envelope, to: webhook, now: now))
    }
    return effects
  }

  private func envelope(_ event: String, _ data: JSONValue, of instance: EvolutionInstance, now: Moment) -> JSONObject {
    [
      "event": .string(event), "instance": .string(instance.name), "data": data, "server_url": .string(address),
      // The server's wall clock, with a `Z` that is not true.
      "date_time": .string(Timestamp(milliseconds: now + options.clockOffset).iso8601),
      "sender": .string("\(instance.owner)@s.whatsapp.net"),
      "apikey": options.exposesKeys ? .string(instance.token) : .null,
    ]
  }

  private func emit(_ event: String, _ envelope: JSONObject, to namespace: String) -> FakeEffect {
    guard options.release == .v236 else {
      let arguments = JSONValue.array([WireValue.plain(.object(envelope))]).serialized()
      return .emit(SocketEmit(namespace: namespace, name: event, arguments: arguments))
    }
    let (value, attachments) = WireValue.attached(.object(envelope))
    return .emit(SocketEmit(namespace: namespace, name: event, arguments: JSONValue.array([value]).serialized(), attachments: attachments))
  }

  private mutating func post(_ event: String, _ envelope: JSONObject, to webhook: EvolutionInstance.Webhook, now: Moment) -> FakeEffect {
    var envelope = envelope
    envelope["destination"] = .string(webhook.url)
    if webhook.base64, let file = file(in: envelope["data"]) {
      var data = envelope["data"]?.object ?? [:]
      var message = data["message"]?.object ?? [:]
      message["base64"] = .string(Encodings.base64(file))
      data["message"] = .object(message)
      envelope["data"] = .object(data)
    }
    let body = options.release == .v236 ? WireValue.indexed(.object(envelope)) : WireValue.plain(.object(envelope))
    var headers = [FakeAnswer.Field(name: "Content-Type", value: "application/json")]
    for (name, value) in webhook.headers {
      if name == "jwt_key" {
        headers.append(FakeAnswer.Field(name: "Authorization", value: "Bearer \(Self.token(key: value, now: now))"))
      } else {
        headers.append(FakeAnswer.Field(name: name, value: value))
      }
    }
    var url = webhook.url
    if webhook.byEvents {
      let mark = url.firstIndex(of: "?") ?? url.endIndex
      url.insert(contentsOf: "/\(EvolutionEvents.segment(event))", at: mark)
    }
    return webhooks.add(OutgoingCall(id: nextCall(), url: url, headers: headers, body: body.serialized(), timeout: 30_000))
  }

  private func file(in data: JSONValue?) -> [UInt8]? {
    guard let id = data?["key"]?["id"]?.string else { return nil }
    for instance in instances.values {
      if let index = instance.index(of: id), let file = instance.messages[index].file { return file.bytes }
    }
    return nil
  }

  /// What the server makes of `jwt_key`: HS256, ten minutes.
  static func token(key: String, now: Moment) -> String {
    let seconds = now / 1000
    let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
    let claims: JSONValue = [
      "iat": .number(JSONNumber(seconds)), "exp": .number(JSONNumber(seconds + 600)), "app": "evolution", "action": "webhook",
    ]
    let signed = [header, claims].map { Encodings.base64URL($0.serialized()) }.joined(separator: ".")
    return "\(signed).\(Encodings.base64URL(Encodings.hmac(Array(signed.utf8), key: Array(key.utf8))))"
  }

  // MARK: Sequels

  /// A state of a message that was sent; nothing when the database should have the message and hasn't.
  mutating func update(_ id: String, to state: String, of name: String, now: Moment) -> [FakeEffect] {
    guard let instance = instances[name] else { return [] }
    let message = instance.index(of: id).map { instance.messages[$0] }
    if options.storesMessages, message == nil { return [] }
    change(id, to: state, of: name)
    facts.append(["fact": "status", "instance": .string(name), "id": .string(id), "status": .string(state)])
    let chat = message?.chat ?? record.last(where: { $0["id"]?.string == id })?["to"]?.string
    var data: JSONObject = [
      "keyId": .string(id), "remoteJid": .string(chat ?? ""), "fromMe": .bool(message?.isOurs ?? true), "participant": .null,
      "status": .string(state), "instanceId": .string(instance.id),
    ]
    if options.storesMessages, let message { data["messageId"] = .string(message.row) }
    return tell("messages.update", .object(data), of: name, now: now)
  }

  mutating func tellPresence(_ presence: String, in chat: String, of name: String, now: Moment) -> [FakeEffect] {
    let data: JSONValue = ["id": .string(chat), "presences": .object([chat: ["lastKnownPresence": .string(presence)]])]
    return tell("presence.update", data, of: name, now: now)
  }
}
