import OrderedJSON

/// What an operator or a test asks for below `/_fake/`.
extension EvolutionProvider {
  package mutating func control(_ call: FakeCall, now: Moment) -> FakeReply? {
    do throws(ControlProblem) {
      switch (call.method, call.path.dropFirst().first) {
      case ("GET", "sent"):
        let to = call.parameter("to")
        return FakeReply(
          answer: .list(record.filter { to == nil || $0["to"]?.string?.hasPrefix(to ?? "") == true }.map { .object($0) }, call))
      case ("GET", "webhooks"): return FakeReply(answer: .list(webhooks.log(call.parameter("state")), call))
      case ("POST", "messages"): return try write(call, now: now)
      case ("POST", "events"): return try tellGiven(call, now: now)
      case ("POST", "connection"): return try connect(call, now: now)
      case ("POST", "presence"): return try types(call, now: now)
      case ("POST", "statuses"): return try tellStatus(call, now: now)
      case ("POST", "customers"): return try describe(call)
      default: return nil
      }
    } catch {
      return FakeReply(answer: .complaint(400, error.text))
    }
  }

  private func instance(_ call: FakeCall, _ json: JSONObject) throws(ControlProblem) -> EvolutionInstance {
    let name = json["instance"]?.string ?? options.instances.first ?? ""
    guard let instance = instances[name] else {
      throw ControlProblem(text: "no such instance; there are: \(instances.keys.sorted().joined(separator: ", "))")
    }
    return instance
  }

  private func object(_ call: FakeCall) throws(ControlProblem) -> JSONObject {
    guard let object = call.json?.object else { throw ControlProblem(text: "the body is a JSON object") }
    return object
  }

  // MARK: Customers

  /// One message or a list of them; each is an event of its own.
  private mutating func write(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let isList = call.json?.array != nil
    let wanted = (call.json?.array ?? [call.json].compactMap { $0 }).compactMap(\.object)
    guard wanted.isEmpty == false else { throw ControlProblem(text: #"say {"from": "5511991230001", "text": "Olá!"}, or a list of such"#) }
    var (effects, ids): ([FakeEffect], [JSONValue]) = ([], [])
    for json in wanted {
      let (more, id) = try write(json, call, now: now)
      effects += more
      ids.append(.string(id))
    }
    return FakeReply(answer: .json(202, isList ? ["ids": .array(ids)] : ["id": ids[0]]), effects: effects)
  }

  private mutating func write(_ json: JSONObject, _ call: FakeCall, now: Moment) throws(ControlProblem) -> ([FakeEffect], String) {
    let instance = try instance(call, json)
    let from = json["from"]?.string ?? json["to"]?.string ?? "5511991230001"
    let author = from.contains("@") ? from : "\(from)@s.whatsapp.net"
    let chat = json["group"]?.string ?? author
    let at = json["at"]?.int64 ?? now
    switch json["type"]?.string {
    case "edit":
      let id = try target(json)
      let data = protocolMessage(id, "\(instance.owner)@s.whatsapp.net", "MESSAGE_EDIT", 14, text: json["text"]?.string ?? "", now: at)
      return (tell("messages.edited", data, of: instance.name, now: now), id)
    case "revoke":
      let id = try target(json)
      let key: JSONValue = ["remoteJid": .string(chat), "fromMe": false, "id": .string(id)]
      let revoke = protocolMessage(id, "\(instance.owner)@s.whatsapp.net", "REVOKE", 0, now: at)
      return (tell("messages.edited", revoke, of: instance.name, now: now) + tell("messages.delete", key, of: instance.name, now: now), id)
    default: break
    }
    // What is typed on the account's own phone comes as an upsert, too.
    let isOurs = json["fromMe"]?.bool ?? (json["type"]?.string == "echo")
    let content: EvolutionContent
    switch json["type"]?.string {
    case "echo": content = EvolutionContent(text: json["text"]?.string ?? "Já te respondo")
    case "reaction":
      let key: JSONValue = ["remoteJid": .string(chat), "fromMe": json["targetFromMe"] ?? true, "id": .string(try target(json))]
      content = EvolutionContent(type: "reactionMessage", ["key": key, "text": .string(json["text"]?.string ?? "👍")])
    default: content = try EvolutionContent(json, random: &random)
    }
    let id = json["id"]?.string ?? (isOurs ? "3EB0" : "3A") + random.hex(18)
    let name = isOurs ? "Você" : json["name"]?.string ?? "Marina Prado"
    var data = message(
      content, chat: chat, id: id, isOurs: isOurs, name: name, state: isOurs ? "SERVER_ACK" : "DELIVERY_ACK", now: at, instance: instance)
    data["key"] = .object(key(json, data, author: author))
    store(data, content, now: now, of: instance.name)
    var effects: [FakeEffect] = []
    if instance.watched.contains(chat), !isOurs {
      effects += tellPresence("composing", in: chat, of: instance.name, now: now)
      sequels.add(.presence(instance: instance.name, chat: chat, presence: "paused"), at: now + 1000)
    }
    if json["silent"]?.bool ?? false { return (effects, id) }
    for _ in 0..<max(1, Int(json["copies"]?.int64 ?? 1)) { effects += tell("messages.upsert", .object(data), of: instance.name, now: now) }
    return (effects, id)
  }

  /// `lid` is the hidden number beside a phone, or with `hidden` in its place.
  private func key(_ json: JSONObject, _ data: JSONObject, author: String) -> JSONObject {
    var key = data["key"]?.object ?? [:]
    if json["group"] != nil {
      key["participant"] = .string(author)
    } else if let lid = json["lid"]?.string {
      key["participant"] = ""
      key["addressingMode"] = "pn"
      key["remoteJidAlt"] = .string(lid)
      if json["hidden"]?.bool ?? false {
        key["remoteJid"] = .string(lid)
        key["addressingMode"] = "lid"
        key["remoteJidAlt"] = nil
      }
    }
    return key
  }

  private func target(_ json: JSONObject) throws(ControlProblem) -> String {
    guard let target = json["target"]?.string else { throw ControlProblem(text: "it needs a target: the id of a message") }
    return target
  }

  private mutating func describe(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let phone = json["phone"]?.string, let exists = json["exists"]?.bool else { throw ControlProblem(text: "say phone and exists") }
    if exists { strangers.remove(phone) } else { strangers.insert(phone) }
    return FakeReply(answer: .done)
  }

  // MARK: Events

  /// Any event: `{"event": "groups.update", "data": …}`.
  private mutating func tellGiven(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let event = json["event"]?.string else { throw ControlProblem(text: "say event, and data") }
    return FakeReply(answer: .done, effects: tell(event, json["data"] ?? .null, of: try instance(call, json).name, now: now))
  }

  private mutating func connect(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let state = json["state"]?.string, ["open", "close", "connecting", "refused"].contains(state) else {
      throw ControlProblem(text: "state is open, close, connecting or refused")
    }
    let usual: Int64 = state == "close" ? 401 : 200
    let effects = setState(state, of: try instance(call, json).name, reason: json["statusReason"]?.int64 ?? usual, now: now)
    return FakeReply(answer: .done, effects: effects)
  }

  private mutating func types(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    let from = json["from"]?.string ?? "5511991230001"
    let chat = from.contains("@") ? from : "\(from)@s.whatsapp.net"
    let effects = tellPresence(json["presence"]?.string ?? "composing", in: chat, of: try instance(call, json).name, now: now)
    return FakeReply(answer: .done, effects: effects)
  }

  private mutating func tellStatus(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let json = try object(call)
    guard let id = json["id"]?.string, let state = json["status"]?.string else { throw ControlProblem(text: "say id and status") }
    return FakeReply(answer: .done, effects: update(id, to: state, of: try instance(call, json).name, now: now))
  }
}
