import OrderedJSON

/// The REST calls.
extension EvolutionProvider {
  package func error(status: Int, code: Int?, text: String?) -> FakeAnswer { EvolutionError(status, text: text).answer }

  package mutating func answer(_ call: FakeCall, now: Moment) -> FakeReply {
    do throws(EvolutionError) {
      return try route(call, now: now)
    } catch {
      let line = "refused \(call.method) /\(call.path.joined(separator: "/")): \(error.status) \(error.message)"
      return FakeReply(answer: error.answer, effects: [.say(line)])
    }
  }

  private mutating func route(_ call: FakeCall, now: Moment) throws(EvolutionError) -> FakeReply {
    let group = call.path.first ?? ""
    if group == "socket.io" { throw EvolutionError(404, [.string("Cannot \(call.method) /socket.io/")]) }
    if group.isEmpty {
      return FakeReply(
        answer: .json(
          200, ["status": 200, "message": "Welcome to the Evolution API, it is working!", "version": .string(options.release.rawValue)]))
    }
    let key = call.header("apikey") ?? ""
    guard isKey(key) else { throw EvolutionError(401) }
    let verb = call.path.dropFirst().first ?? ""
    if group == "instance", verb == "fetchInstances" { return FakeReply(answer: .json(200, .array(sortedInstances.map { described($0) }))) }
    if group == "instance", verb == "create" { return try create(call, key) }
    guard let name = call.path.dropFirst(2).first else {
      throw EvolutionError(404, [.string("Cannot \(call.method) /\(call.path.joined(separator: "/"))")])
    }
    guard let instance = instances[name] else { throw EvolutionError.noInstance(name) }
    // An instance's token is for that instance.
    guard key == options.apiKey || key == instance.token else { throw EvolutionError(401) }
    switch (call.method, group) {
    case ("POST", "message"): return try send(verb, call, instance, now: now)
    case (_, "chat"): return try chat(verb, call, instance, now: now)
    case (_, "instance"): return try manage(verb, call, instance, now: now)
    case ("POST", "websocket") where verb == "set": return FakeReply(answer: try setSocket(call, name))
    case ("GET", "websocket") where verb == "find": return FakeReply(answer: .json(200, instance.socket.map { described($0) } ?? .null))
    case ("POST", "webhook") where verb == "set": return FakeReply(answer: try setWebhook(call, name))
    case ("GET", "webhook") where verb == "find": return FakeReply(answer: .json(200, instance.webhook.map { described($0) } ?? .null))
    default: throw EvolutionError(404, [.string("Cannot \(call.method) /\(call.path.joined(separator: "/"))")])
    }
  }

  // MARK: Instances

  private var sortedInstances: [EvolutionInstance] { instances.values.sorted { $0.name < $1.name } }

  private func described(_ instance: EvolutionInstance) -> JSONValue {
    [
      "id": .string(instance.id), "name": .string(instance.name), "connectionStatus": .string(instance.state),
      "ownerJid": .string("\(instance.owner)@s.whatsapp.net"), "profileName": "Fake", "integration": "WHATSAPP-BAILEYS",
      "token": .string(instance.token),
    ]
  }

  private mutating func create(_ call: FakeCall, _ key: String) throws(EvolutionError) -> FakeReply {
    guard key == options.apiKey else { throw EvolutionError(403, text: "Missing global api key") }
    guard let name = call.json?["instanceName"]?.string, name.isEmpty == false else {
      throw EvolutionError(400, [["instance requires property \"instanceName\""]])
    }
    guard instances[name] == nil else { throw EvolutionError(403, [.string("This name \"\(name)\" is already in use.")]) }
    add(name, token: call.json?["token"]?.string)
    instances[name]?.state = "connecting"
    let id = instances[name]?.id ?? ""
    return FakeReply(
      answer: .json(
        201,
        [
          "instance": ["instanceName": .string(name), "instanceId": .string(id), "status": "connecting"],
          "hash": .string(instances[name]?.token ?? ""),
        ]))
  }

  private mutating func manage(_ verb: String, _ call: FakeCall, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError)
    -> FakeReply
  {
    let name = instance.name
    switch (call.method, verb) {
    case ("GET", "connectionState"):
      return FakeReply(answer: .json(200, ["instance": ["instanceName": .string(name), "state": .string(instance.state)]]))
    case ("GET", "connect"):
      guard instance.state != "open" else {
        return FakeReply(answer: .json(200, ["instance": ["instanceName": .string(name), "state": "open"]]))
      }
      let code: JSONValue = [
        "instance": .string(name), "pairingCode": .null, "code": .string("2@\(random.hex(40))"),
        "base64": "data:image/png;base64,iVBORw0KGgo=",
      ]
      return FakeReply(answer: .json(200, code), effects: tell("qrcode.updated", ["qrcode": code], of: name, now: now))
    case ("POST", "restart"):
      let effects = setState("connecting", of: name, reason: 200, now: now) + setState("open", of: name, reason: 200, now: now)
      return FakeReply(answer: .json(200, ["instance": ["instanceName": .string(name), "state": "open"]]), effects: effects)
    case ("DELETE", "logout"):
      let effects = setState("close", of: name, reason: 401, now: now) + tell("logout.instance", .null, of: name, now: now)
      return FakeReply(
        answer: .json(200, ["status": "SUCCESS", "error": false, "response": ["message": "Instance logged out"]]), effects: effects)
    case ("DELETE", "delete"):
      let effects = tell("remove.instance", .null, of: name, now: now)
      instances[name] = nil
      return FakeReply(
        answer: .json(200, ["status": "SUCCESS", "error": false, "response": ["message": "Instance deleted"]]), effects: effects)
    default: throw EvolutionError(404, [.string("Cannot \(call.method) /instance/\(verb)")])
    }
  }

  mutating func setState(_ state: String, of name: String, reason: Int64, now: Moment) -> [FakeEffect] {
    guard let instance = instances[name] else { return [] }
    instances[name]?.state = state
    var data: JSONObject = ["instance": .string(name), "state": .string(state), "statusReason": .number(JSONNumber(reason))]
    if state == "open" {
      data["wuid"] = .string("\(instance.owner)@s.whatsapp.net")
      data["profileName"] = "Fake"
      data["profilePictureUrl"] = .null
    }
    return tell("connection.update", .object(data), of: name, now: now)
  }

  // MARK: Settings

  private mutating func setSocket(_ call: FakeCall, _ name: String) throws(EvolutionError) -> FakeAnswer {
    guard let wanted = call.json?["websocket"]?.object, let isEnabled = wanted["enabled"]?.bool else {
      throw EvolutionError(400, [["instance requires property \"websocket\""]])
    }
    let events = try events(wanted)
    let socket = EvolutionInstance.Socket(isEnabled: isEnabled, events: events)
    instances[name]?.socket = socket
    return .json(201, described(socket))
  }

  private mutating func setWebhook(_ call: FakeCall, _ name: String) throws(EvolutionError) -> FakeAnswer {
    guard let wanted = call.json?["webhook"]?.object, let isEnabled = wanted["enabled"]?.bool, let url = wanted["url"]?.string else {
      throw EvolutionError(400, [["instance requires property \"webhook\""]])
    }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else { throw EvolutionError(400, text: "Invalid \"url\" property") }
    var webhook = EvolutionInstance.Webhook(isEnabled: isEnabled, url: url)
    webhook.byEvents = wanted["byEvents"]?.bool ?? false
    webhook.base64 = wanted["base64"]?.bool ?? false
    webhook.headers = wanted["headers"]?.object?.compactMap { member in member.value.string.map { (member.key, $0) } } ?? []
    webhook.events = try events(wanted)
    instances[name]?.webhook = webhook
    return .json(201, described(webhook))
  }

  private func events(_ wanted: JSONObject) throws(EvolutionError) -> [String] {
    let events = wanted["events"]?.array?.compactMap(\.string) ?? []
    if let unknown = events.first(where: { !EvolutionEvents.configurable.contains($0) }) {
      throw EvolutionError(400, [[.string("events is not one of enum values: \(unknown)")]])
    }
    return events
  }

  private func described(_ socket: EvolutionInstance.Socket) -> JSONValue {
    let events = socket.events.isEmpty ? EvolutionEvents.configurable : socket.events
    return ["enabled": .bool(socket.isEnabled), "events": .array(events.map { .string($0) })]
  }

  private func described(_ webhook: EvolutionInstance.Webhook) -> JSONValue {
    let events = webhook.events.isEmpty ? EvolutionEvents.configurable : webhook.events
    return [
      "enabled": .bool(webhook.isEnabled), "url": .string(webhook.url), "webhookByEvents": .bool(webhook.byEvents),
      "webhookBase64": .bool(webhook.base64), "headers": .object(JSONObject(webhook.headers.map { ($0.0, .string($0.1)) })),
      "events": .array(events.map { .string($0) }),
    ]
  }
}
