import Foundation
import OrderedJSON

/// `/chat/…`: what the database holds, receipts, presence, edits.
extension EvolutionProvider {
  mutating func chat(_ verb: String, _ call: FakeCall, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    let body = call.json?.object ?? [:]
    switch (call.method, verb) {
    case ("POST", "findMessages"): return FakeReply(answer: .json(200, find(body, instance, now: now)))
    case ("POST", "getBase64FromMediaMessage"): return FakeReply(answer: try file(body, instance, now: now))
    case ("POST", "markMessageAsRead"): return try markRead(body, instance, now: now)
    case ("POST", "sendPresence"): return try type(body, instance, now: now)
    case ("POST", "updateMessage"): return try edit(body, instance, now: now)
    case ("DELETE", "deleteMessageForEveryone"): return try delete(body, instance, now: now)
    case ("POST", "whatsappNumbers"):
      let numbers = body["numbers"]?.array?.compactMap(\.string) ?? []
      return FakeReply(
        answer: .json(
          200,
          .array(
            numbers.map { number in
              let chat = WhatsAppAddress.chat(number)
              return ["jid": .string(chat), "exists": .bool(!strangers.contains(WhatsAppAddress.user(chat))), "number": .string(number)]
            })))
    case ("POST", "findContacts"), ("POST", "findChats"):
      let chats = Set(instance.messages.map(\.chat)).sorted()
      return FakeReply(answer: .json(200, .array(chats.map { ["remoteJid": .string($0), "instanceId": .string(instance.id)] })))
    default: throw EvolutionError(404, [.string("Cannot \(call.method) /chat/\(verb)")])
    }
  }

  // MARK: The database

  /// A page of messages, newest first. One bound of the time without the other is ignored.
  private func find(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) -> JSONValue {
    let (key, time) = (body["where"]?["key"], body["where"]?["messageTimestamp"])
    let bounds = Self.seconds(time?["gte"]).flatMap { first in Self.seconds(time?["lte"]).map { (first, $0) } }
    let found = instance.messages.filter { message in
      message.stored <= now
        && (key?["remoteJid"]?.string.map { $0 == message.chat } ?? true) && (key?["id"]?.string.map { $0 == message.id } ?? true)
        && (key?["fromMe"]?.bool.map { $0 == message.isOurs } ?? true)
        && (bounds.map { $0.0 <= message.seconds && message.seconds <= $0.1 } ?? true)
    }
    // Of one second, those that were stored last come first.
    let sorted = found.enumerated().sorted { ($0.element.seconds, $0.offset) > ($1.element.seconds, $1.offset) }.map(\.element)
    let size = max(1, Int(body["offset"]?.int64 ?? 50))
    let page = max(1, Int(body["page"]?.int64 ?? 1))
    let records = sorted.dropFirst((page - 1) * size).prefix(size).map { message -> JSONValue in
      var record = message.data
      record["status"] = nil
      record["id"] = .string(message.row)
      record["MessageUpdate"] = .array(message.states.map { ["status": .string($0)] })
      return WireValue.plain(.object(record))
    }
    return [
      "messages": [
        "total": .number(JSONNumber(Int64(sorted.count))), "pages": .number(JSONNumber(Int64((sorted.count + size - 1) / size))),
        "currentPage": .number(JSONNumber(Int64(page))), "records": .array(Array(records)),
      ]
    ]
  }

  /// Unix seconds of a date; numbers are none.
  private static func seconds(_ value: JSONValue?) -> Int64? {
    guard let text = value?.string else { return nil }
    let date =
      (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    return date.map { Int64($0.timeIntervalSince1970) }
  }

  private func file(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeAnswer {
    guard let id = body["message"]?["key"]?["id"]?.string, let index = instance.index(of: id), instance.messages[index].stored <= now else {
      throw EvolutionError(400, ["Message not found"])
    }
    let message = instance.messages[index]
    guard let file = message.file else { throw EvolutionError(400, ["The message is not of the media type"]) }
    let type = message.data["messageType"]?.string ?? ""
    return .json(
      201,
      [
        "mediaType": .string(type), "fileName": .string(file.name), "caption": message.data["message"]?[type]?["caption"] ?? .null,
        "size": ["fileLength": .string(String(file.bytes.count))], "mimetype": .string(file.type),
        "base64": .string(Encodings.base64(file.bytes)),
      ])
  }

  // MARK: Acts

  private mutating func markRead(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let keys = body["readMessages"]?.array, keys.allSatisfy({ $0["id"]?.string != nil && $0["remoteJid"]?.string != nil }) else {
      throw EvolutionError(400, [["instance requires property \"readMessages\""]])
    }
    // Chats with hidden numbers are skipped without a word.
    for key in keys where key["remoteJid"]?.string?.hasSuffix("@lid") == false {
      note([
        "kind": "read", "at": .number(JSONNumber(now)), "instance": .string(instance.name), "to": key["remoteJid"] ?? .null,
        "id": key["id"] ?? .null,
      ])
    }
    let who = WhatsAppAddress.user(keys.last?["remoteJid"]?.string ?? "")
    return FakeReply(
      answer: .json(201, ["message": "Read messages", "read": "success"]), effects: [.say("← \(keys.count) messages of \(who) were read")])
  }

  private mutating func type(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let number = body["number"]?.string, let presence = body["presence"]?.string,
      ["composing", "recording", "paused", "available", "unavailable"].contains(presence), body["delay"]?.number != nil
    else { throw EvolutionError(400, [["instance requires property \"presence\""]]) }
    let chat = WhatsAppAddress.chat(number)
    instances[instance.name]?.watched.insert(chat)
    note([
      "kind": "presence", "at": .number(JSONNumber(now)), "instance": .string(instance.name), "to": .string(chat),
      "presence": .string(presence),
    ])
    return FakeReply(
      answer: .json(201, ["presence": .string(presence)]), effects: [.say("← \(presence) for \(WhatsAppAddress.user(chat))")])
  }

  private mutating func edit(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let id = body["key"]?["id"]?.string, let text = body["text"]?.string, let index = instance.index(of: id) else {
      throw EvolutionError(400, ["Message not found"])
    }
    guard now - instance.messages[index].seconds * 1000 <= 15 * 60_000 else {
      throw EvolutionError(400, text: "Message is older than 15 minutes")
    }
    instances[instance.name]?.messages[index].data["message"] = ["conversation": .string(text)]
    note([
      "kind": "edit", "at": .number(JSONNumber(now)), "instance": .string(instance.name), "id": .string(id), "text": .string(text),
    ])
    let data = protocolMessage(id, instance.messages[index].chat, "MESSAGE_EDIT", 14, text: text, now: now)
    return FakeReply(
      answer: .json(200, WireValue.plain(data)),
      effects: [.say("← \(id) was edited: \(text)")] + tell("send.message.update", data, of: instance.name, now: now))
  }

  private mutating func delete(_ body: JSONObject, _ instance: EvolutionInstance, now: Moment) throws(EvolutionError) -> FakeReply {
    guard let id = body["id"]?.string, body["remoteJid"]?.string != nil, body["fromMe"]?.bool != nil else {
      throw EvolutionError(400, [["instance requires property \"id\""]])
    }
    guard let index = instance.index(of: id) else { throw EvolutionError(400, ["Message not found"]) }
    note(["kind": "delete", "at": .number(JSONNumber(now)), "instance": .string(instance.name), "id": .string(id)])
    var row = instance.messages[index].data
    row["id"] = .string(instance.messages[index].row)
    row["status"] = "DELETED"
    return FakeReply(
      answer: .json(201, ["key": instance.messages[index].data["key"] ?? .null, "messageType": "protocolMessage"]),
      effects: [.say("← \(id) was deleted")] + tell("messages.delete", .object(row), of: instance.name, now: now))
  }

  /// An edit, a revoke, or other control traffic, as the sender writes it.
  func protocolMessage(_ id: String, _ chat: String, _ word: String, _ number: Int64, text: String? = nil, now: Moment) -> JSONValue {
    var data: JSONObject = [
      "key": ["remoteJid": .string(chat), "fromMe": true, "id": .string(id)],
      "type": options.release == .v235 ? .string(word) : .number(JSONNumber(number)), "timestampMs": WireValue.long(now),
    ]
    if let text { data["editedMessage"] = ["conversation": .string(text)] }
    return .object(data)
  }
}
