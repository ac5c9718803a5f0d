import OrderedJSON

/// What was on the business phone before it was connected.
extension GraphProvider {
  /// A chunk with the thread of one customer, and the id of its first message; or the refusal to share any of it.
  mutating func history(_ json: JSONObject, now: Moment) throws(ControlProblem) -> (GraphChange, String) {
    let number = try number(json)
    if json["declined"]?.bool == true {
      let error: JSONValue = ["code": 2_593_109, "title": "History sharing is turned off by the business", "message": "Declined"]
      return (GraphChange(number, ["history": [["errors": [error]]]], field: "history"), "")
    }
    let customer = json["from"]?.string ?? "5511991230001"
    let given = (json["messages"]?.array ?? [[:]]).compactMap(\.object)
    guard given.isEmpty == false else { throw ControlProblem(text: "messages is a list of objects") }
    let messages = given.map { message($0, with: customer, of: number, now: now) }
    let chunk: JSONValue = [
      "metadata": ["phase": json["phase"] ?? 0, "chunk_order": json["chunk"] ?? 1, "progress": json["progress"] ?? 100],
      "threads": [["id": .string(customer), "messages": .array(messages)]],
    ]
    return (GraphChange(number, ["history": [chunk]], field: "history"), messages[0]["id"]?.string ?? "")
  }

  private mutating func message(_ json: JSONObject, with customer: String, of number: GraphOptions.Number, now: Moment) -> JSONValue {
    let isOurs = json["fromMe"]?.bool ?? false
    let type = json["type"]?.string ?? "text"
    var message: JSONObject = ["from": .string(isOurs ? PhoneDigits.of(number.phone) : customer)]
    if isOurs { message["to"] = .string(customer) }
    message["id"] = json["id"] ?? .string(GraphID.message(of: customer, isInbound: isOurs == false, random: &random))
    message["timestamp"] = .string(String((json["at"]?.int64 ?? now) / 1000))
    message["type"] = .string(type)
    if type == "text" { message["text"] = ["body": json["text"] ?? "Olá!"] }
    message["history_context"] = ["status": json["status"] ?? "READ"]
    return .object(message)
  }
}
