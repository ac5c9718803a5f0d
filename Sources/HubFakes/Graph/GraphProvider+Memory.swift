package import OrderedJSON

/// What Meta's databases hold: messages of either side, how far each was told, and webhooks that nobody has taken yet.
extension GraphProvider {
  package mutating func recall(_ facts: [JSONObject], now: Moment) {
    var waiting: [Int: OutgoingCall] = [:]
    for fact in facts {
      switch fact["fact"]?.string {
      case "received":
        guard let id = fact["id"]?.string, let from = fact["from"]?.string, let number = fact["number"]?.string else { continue }
        receive(id, from: from, by: number, at: fact["at"]?.int64 ?? now)
      case "sent": if let entry = fact["entry"]?.object { recall(entry) }
      case "status":
        guard let id = fact["id"]?.string, let state = fact["status"]?.string, let place = places[id] else { continue }
        sent[id]?.states.append(state)
        record[place]["statuses"] = .array((record[place]["statuses"]?.array ?? []) + [.string(state)])
      case "webhook":
        guard let call = Self.call(fact) else { continue }
        waiting[call.id] = call
        lastCall = max(lastCall, call.id)
      case "over": fact["id"]?.int64.map { waiting[Int($0)] = nil }
      default: continue
      }
    }
    for call in waiting.values.sorted(by: { $0.id < $1.id }) { webhooks.resume(call, now: now) }
    for entry in record {
      if let id = entry["id"]?.string, let message = sent[id], message.states.last != "failed" { plan(message, now: now) }
    }
  }

  private mutating func recall(_ entry: JSONObject) {
    defer { record.append(entry) }
    guard entry["kind"]?.string == "message", let id = entry["id"]?.string, let body = entry["body"]?.object,
      let number = options.numbers.first(where: { $0.id == entry["number"]?.string }), let customer = entry["to"]?.string,
      let message = try? SendCheck(body: body).send()
    else { return }
    sent[id] = Sent(id: id, number: number, message: message, customer: customer)
    places[id] = record.count
  }

  private static func call(_ fact: JSONObject) -> OutgoingCall? {
    guard let id = fact["id"]?.int64, let url = fact["url"]?.string,
      let body = fact["body"]?.string.flatMap({ Encodings.bytes(base64: $0) })
    else { return nil }
    let headers = fact["headers"]?.object?.compactMap { member in
      member.value.string.map { FakeAnswer.Field(name: member.key, value: $0) }
    }
    return OutgoingCall(id: Int(id), url: url, headers: headers ?? [], body: body)
  }

  // MARK: What is written down

  /// Somebody wrote.
  mutating func receive(_ id: String, from: String, by number: String, at moment: Moment) {
    received[id] = from
    windows["\(number) \(from)"] = moment + GraphMedia.day
  }

  /// Somebody asked for something.
  mutating func note(_ entry: JSONObject) {
    record.append(entry)
    facts.append(["fact": "sent", "entry": .object(entry)])
  }

  mutating func keep(_ webhook: OutgoingCall) {
    facts.append([
      "fact": "webhook", "id": .number(JSONNumber(Int64(webhook.id))), "url": .string(webhook.url),
      "headers": .object(JSONObject(webhook.headers.map { ($0.name, .string($0.value)) })), "body": .string(Encodings.base64(webhook.body)),
    ])
  }

  mutating func keepEnd(ofWebhook id: Int) { facts.append(["fact": "over", "id": .number(JSONNumber(Int64(id)))]) }
}
