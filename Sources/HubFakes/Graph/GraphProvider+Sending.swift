import OrderedJSON

/// `POST /{number}/messages`.
extension GraphProvider {
  mutating func post(_ call: FakeCall, _ number: GraphOptions.Number, now: Moment) throws(GraphError) -> FakeReply {
    guard let body = call.json?.object else { throw GraphError(100, "The body is not a JSON object") }
    if body["status"] != nil { return try markRead(body, number, now: now) }
    let send = try SendCheck(body: body).send()
    let customer = send.isUserID || send.isGroup ? send.to : PhoneDigits.registered(send.to)
    guard customer != PhoneDigits.of(number.phone) else { throw GraphError(131_021) }
    if let id = send.content["id"]?.string, SendCheck.media.contains(send.type), media.file(id, now: now) == nil {
      throw GraphError(131_009, "Media ID \(id) is not valid")
    }
    guard limits.count(number.id, now: now) else { throw GraphError(130_429) }
    guard limits.count(number.id, to: customer, now: now) else { throw GraphError(131_056) }

    let id = GraphID.message(of: customer, isInbound: false, random: &random)
    let message = Sent(id: id, number: number, message: send, customer: customer)
    sent[id] = message
    places[id] = record.count
    note([
      "kind": "message", "id": .string(id), "at": .number(JSONNumber(now)), "number": .string(number.id), "to": .string(customer),
      "type": .string(send.type), "body": .object(body), "statuses": [],
    ])
    plan(message, now: now)
    var effects: [FakeEffect] = [.say("← \(send.type) to \(customer): \(Self.summary(send))")]
    if let link = send.content["link"]?.string, SendCheck.media.contains(send.type) {
      let call = OutgoingCall(id: nextCall(), method: "GET", url: link)
      fetches[call.id] = id
      effects.append(.call(call))
    }
    return FakeReply(answer: .json(200, Self.accepted(message)), effects: effects)
  }

  private static func accepted(_ sent: Sent) -> JSONValue {
    let input = sent.message.to
    let contact: JSONObject =
      sent.message.isUserID
      ? ["input": .string(input), "user_id": .string(input)] : ["input": .string(input), "wa_id": .string(sent.customer)]
    var message: JSONObject = ["id": .string(sent.id)]
    if sent.message.type == "template" { message["message_status"] = "accepted" }
    return ["messaging_product": "whatsapp", "contacts": [.object(contact)], "messages": [.object(message)]]
  }

  private static func summary(_ send: SendCheck.Send) -> String {
    let text =
      send.content["body"].flatMap { $0.string ?? $0["text"]?.string } ?? send.content["caption"]?.string ?? send.content["name"]?.string
    return text ?? String("\(send.content)".prefix(200))
  }

  // MARK: What becomes of it

  /// The statuses that are still to be told, by what sort of customer it is.
  mutating func plan(_ sent: Sent, now: Moment) {
    let customer = customers[sent.customer] ?? Customer()
    let isOpen = sent.message.isGroup || (windows["\(sent.number.id) \(sent.customer)"] ?? 0) > now
    if options.hasWindow, !isOpen, sent.message.type != "template" {
      return notices.add(Notice(id: sent.id, state: "failed", error: GraphError(131_047)), at: now + options.statusDelay)
    }
    if customer.behaviour == .unreachable {
      return notices.add(Notice(id: sent.id, state: "failed", error: GraphError(131_026)), at: now + options.statusDelay)
    }
    for (index, state) in customer.behaviour.states.filter({ !sent.states.contains($0) }).enumerated() {
      notices.add(Notice(id: sent.id, state: state), at: now + Int64(index) * options.statusDelay)
    }
  }

  /// Reactions are told as sent and delivered and never as read.
  mutating func tell(_ notice: Notice, at moment: Moment) -> [FakeEffect] {
    guard var message = sent[notice.id], notice.state != "read" || message.message.type != "reaction" else { return [] }
    guard message.states.last != "failed" else { return [] }
    message.states.append(notice.state)
    sent[notice.id] = message
    if let place = places[notice.id] { record[place]["statuses"] = .array(message.states.map { .string($0) }) }
    facts.append(["fact": "status", "id": .string(notice.id), "status": .string(notice.state)])
    return deliver([GraphChange(message.number, status(notice, message, at: moment))])
  }

  private func status(_ notice: Notice, _ sent: Sent, at moment: Moment) -> JSONObject {
    var status: JSONObject = ["id": .string(sent.id), "status": .string(notice.state), "timestamp": .string(String(moment / 1000))]
    if sent.message.isUserID {
      status["recipient_user_id"] = .string(sent.customer)
    } else {
      status["recipient_id"] = .string(sent.customer)
    }
    if sent.message.isGroup {
      status["recipient_type"] = "group"
      status["recipient_participant_id"] = "5511991230001"
    }
    if let data = sent.message.callbackData { status["biz_opaque_callback_data"] = .string(data) }
    if let error = notice.error {
      status["errors"] = [error.element]
    } else {
      let category: JSONValue = sent.message.type == "template" ? "utility" : "service"
      let type: JSONValue = sent.message.type == "template" ? "regular" : "free_customer_service"
      status["pricing"] = ["billable": .bool(sent.message.type == "template"), "pricing_model": "PMP", "type": type, "category": category]
    }
    return ["statuses": [.object(status)]]
  }

  // MARK: Receipts

  private mutating func markRead(_ body: JSONObject, _ number: GraphOptions.Number, now: Moment) throws(GraphError) -> FakeReply {
    guard body["messaging_product"]?.string == "whatsapp" else { throw GraphError(100, "The parameter messaging_product is required.") }
    guard body["status"]?.string == "read" else { throw GraphError(100, "Param status must be one of {READ}") }
    guard let id = body["message_id"]?.string, let customer = received[id] else {
      throw GraphError(131_009, "Param message_id is not the id of a message received within 30 days")
    }
    var entry: JSONObject = [
      "kind": "read", "id": .string(id), "at": .number(JSONNumber(now)), "number": .string(number.id), "to": .string(customer),
    ]
    let types = body["typing_indicator"] != nil
    if types { entry["typingUntil"] = .number(JSONNumber(now + 25_000)) }
    note(entry)
    return FakeReply(
      answer: .json(200, ["success": true]), effects: [.say("← \(customer)'s message was read\(types ? ", and somebody types" : "")")])
  }
}
