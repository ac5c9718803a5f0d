package import OrderedJSON

/// What the server's database holds: messages with their states; and what WhatsApp has still to say of them.
extension EvolutionProvider {
  /// What becomes of a message that was sent.
  static let states = ["SERVER_ACK", "DELIVERY_ACK", "READ"]

  package mutating func recall(_ facts: [JSONObject], now: Moment) {
    for fact in facts {
      let name = fact["instance"]?.string ?? ""
      switch fact["fact"]?.string {
      case "message": if let message = EvolutionInstance.Stored(fact) { instances[name]?.messages.append(message) }
      case "sent":
        guard let entry = fact["entry"]?.object else { continue }
        record.append(entry)
        if let chat = entry["to"]?.string, let instance = entry["instance"]?.string, entry["kind"]?.string != "read" {
          instances[instance]?.watched.insert(chat)
        }
      case "status": if let id = fact["id"]?.string, let state = fact["status"]?.string { change(id, to: state, of: name) }
      default: continue
      }
    }
    for entry in record where entry["kind"]?.string == "message" {
      guard let id = entry["id"]?.string, let instance = entry["instance"]?.string else { continue }
      let told = entry["statuses"]?.array?.compactMap(\.string) ?? []
      plan(id, Self.states.filter { !told.contains($0) }, of: instance, now: now)
    }
  }

  /// What is still to be told of a message.
  mutating func plan(_ id: String, _ states: [String], of instance: String, now: Moment) {
    for (index, state) in states.enumerated() {
      sequels.add(.state(instance: instance, message: id, state: state), at: now + Int64(index + 1) * options.statusDelay)
    }
  }

  /// Writes a state down where the message is.
  mutating func change(_ id: String, to state: String, of name: String) {
    if let index = instances[name]?.index(of: id) { instances[name]?.messages[index].states.append(state) }
    if let place = record.lastIndex(where: { $0["id"]?.string == id }) {
      record[place]["statuses"] = .array((record[place]["statuses"]?.array ?? []) + [.string(state)])
    }
  }

  /// Somebody asked for something.
  mutating func note(_ entry: JSONObject) {
    record.append(entry)
    facts.append(["fact": "sent", "entry": .object(entry)])
  }

  mutating func keep(_ message: EvolutionInstance.Stored, of instance: String) {
    var fact: JSONObject = [
      "fact": "message", "instance": .string(instance), "row": .string(message.row), "data": .object(message.data),
      "states": .array(message.states.map { .string($0) }), "stored": .number(JSONNumber(message.stored)),
    ]
    if let file = message.file {
      fact["file"] = ["base64": .string(Encodings.base64(file.bytes)), "type": .string(file.type), "name": .string(file.name)]
    }
    facts.append(fact)
  }
}

extension EvolutionInstance.Stored {
  fileprivate init?(_ fact: JSONObject) {
    guard let row = fact["row"]?.string, let data = fact["data"]?.object, let stored = fact["stored"]?.int64 else { return nil }
    self.init(row: row, data: data, states: fact["states"]?.array?.compactMap(\.string) ?? [], stored: stored)
    if let bytes = fact["file"]?["base64"]?.string.flatMap({ Encodings.bytes(base64: $0) }) {
      file = (bytes, fact["file"]?["type"]?.string ?? "", fact["file"]?["name"]?.string ?? "")
    }
  }
}
