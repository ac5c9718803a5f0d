import Foundation
import OrderedJSON

/// What an operator or a test asks for below `/_fake/`.
extension GraphProvider {
  package mutating func control(_ call: FakeCall, now: Moment) -> FakeReply? {
    do throws(ControlProblem) {
      switch (call.method, call.path.dropFirst().first) {
      case ("GET", "sent"):
        let to = call.parameter("to")
        return FakeReply(answer: .list(record.filter { to == nil || $0["to"]?.string == to }.map { .object($0) }, call))
      case ("GET", "webhooks"): return FakeReply(answer: .list(webhooks.log(call.parameter("state")), call))
      case ("GET", "verification"): return FakeReply(answer: .json(200, verification))
      case ("POST", "verification"): return FakeReply(answer: .done, effects: verify())
      case ("POST", "messages"): return try write(call, now: now)
      case ("POST", "statuses"): return try tellStatus(call, now: now)
      case ("POST", "customers"): return try describe(call)
      case ("POST", "webhooks"): return try deliverGiven(call)
      default: return nil
      }
    } catch {
      return FakeReply(answer: .complaint(400, error.text))
    }
  }

  // MARK: Customers

  /// One message or a list of them, which go into one POST.
  private mutating func write(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    let isList = call.json?.array != nil
    let wanted = (call.json?.array ?? [call.json].compactMap { $0 }).compactMap(\.object)
    guard wanted.isEmpty == false else { throw ControlProblem(text: #"say {"from": "5511991230001", "text": "Olá!"}, or a list of such"#) }
    var (changes, ids): ([GraphChange], [JSONValue]) = ([], [])
    for json in wanted {
      let (change, id) =
        switch json["type"]?.string {
        case "echo": try echo(json, now: now)
        case "history": try history(json, now: now)
        default: try message(json, now: now)
        }
      changes.append(change)
      ids.append(.string(id))
    }
    let effects = deliver(changes, call)
    return FakeReply(answer: .json(202, isList ? ["ids": .array(ids)] : ["id": ids[0]]), effects: effects)
  }

  private mutating func message(_ json: JSONObject, now: Moment) throws(ControlProblem) -> (GraphChange, String) {
    let number = try number(json)
    let from = json["from"]?.string ?? "5511991230001"
    let id = json["id"]?.string ?? GraphID.message(of: from, isInbound: true, random: &random)
    let (media, random) = (media, random)
    var kept = (media, random)
    let message = try CustomerMessage(json: json).message(from: from, id: id, business: number.phone, now: now) { bytes, type in
      kept.0.add(bytes, type: type, isInbound: true, now: now, random: &kept.1)
    }
    (self.media, self.random) = kept
    receive(id, from: from, by: number.id, at: now)
    facts.append([
      "fact": "received", "id": .string(id), "from": .string(from), "number": .string(number.id), "at": .number(JSONNumber(now)),
    ])
    _ = limits.count(number.id, now: now)
    let name = json["name"]?.string ?? customers[from]?.name ?? "Marina Prado"
    var profile: JSONObject = ["name": .string(name)]
    profile["username"] = json["username"]
    var contact: JSONObject = ["profile": .object(profile)]
    contact[from.contains(".") ? "user_id" : "wa_id"] = .string(from)
    return (GraphChange(number, ["contacts": [.object(contact)], "messages": [.object(message)]]), id)
  }

  /// What a person types on the business phone.
  private mutating func echo(_ json: JSONObject, now: Moment) throws(ControlProblem) -> (GraphChange, String) {
    let number = try number(json)
    guard let to = json["to"]?.string else { throw ControlProblem(text: "an echo needs to: the customer's number") }
    let id = json["id"]?.string ?? GraphID.message(of: to, isInbound: false, random: &random)
    let message: JSONValue = [
      "from": .string(PhoneDigits.of(number.phone)), "to": .string(to), "id": .string(id), "timestamp": .string(String(now / 1000)),
      "type": "text", "text": ["body": json["text"] ?? "Já te respondo"],
    ]
    return (GraphChange(number, ["message_echoes": [message]], field: "smb_message_echoes"), id)
  }

  func number(_ json: JSONObject) throws(ControlProblem) -> GraphOptions.Number {
    let wanted = json["number"]?.string
    guard let found = options.numbers.first(where: { wanted == nil || $0.id == wanted }) else {
      throw ControlProblem(text: "no such number; there are: \(options.numbers.map(\.id).joined(separator: ", "))")
    }
    return found
  }

  private mutating func describe(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    guard let phone = call.json?["phone"]?.string else { throw ControlProblem(text: "say whose: phone") }
    var customer = customers[phone] ?? Customer()
    if let word = call.json?["behaviour"]?.string {
      guard let behaviour = Customer.Behaviour(rawValue: word) else {
        throw ControlProblem(text: "behaviour is one of \(Customer.Behaviour.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      customer.behaviour = behaviour
    }
    if let name = call.json?["name"]?.string { customer.name = name }
    customers[phone] = customer
    return FakeReply(answer: .done)
  }

  /// A status out of turn.
  private mutating func tellStatus(_ call: FakeCall, now: Moment) throws(ControlProblem) -> FakeReply {
    guard let id = call.json?["id"]?.string, let state = call.json?["status"]?.string else {
      throw ControlProblem(text: "say id and status")
    }
    guard sent[id] != nil else { throw ControlProblem(text: "no such message was sent") }
    let error = call.json?["code"]?.int64.map { GraphError(Int($0)) }
    return FakeReply(answer: .done, effects: tell(Notice(id: id, state: state, error: error), at: now))
  }

  // MARK: Webhooks

  /// Whatever the body is, signed.
  private mutating func deliverGiven(_ call: FakeCall) throws(ControlProblem) -> FakeReply {
    guard call.body.isEmpty == false else { throw ControlProblem(text: "the body is what is delivered") }
    let effects = post(call.json.map { MetaText.bytes($0) } ?? call.body, call)
    return FakeReply(answer: .done, effects: effects)
  }

  /// Puts changes into one POST, laid out and signed as `call` says.
  mutating func deliver(_ changes: [GraphChange], _ call: FakeCall? = nil) -> [FakeEffect] {
    let layout = call?.parameter("layout").flatMap { GraphChange.Layout(rawValue: $0) } ?? .changes
    return post(MetaText.bytes(GraphChange.envelope(changes, layout)), call)
  }

  private mutating func post(_ body: [UInt8], _ call: FakeCall?) -> [FakeEffect] {
    guard let url = options.webhook else { return [] }
    var key = options.appSecret
    // A zero would change nothing: keys are filled up with them.
    if call?.parameter("signature") == "wrong" { key.append(1) }
    var headers = [
      FakeAnswer.Field(name: "Content-Type", value: "application/json"),
      FakeAnswer.Field(name: "User-Agent", value: "facebookexternalua"),
    ]
    if call?.parameter("signature") != "missing" {
      headers.append(FakeAnswer.Field(name: "X-Hub-Signature", value: "sha1=" + Encodings.hex(Encodings.hmacSHA1(body, key: key))))
      headers.append(FakeAnswer.Field(name: "X-Hub-Signature-256", value: "sha256=" + Encodings.hex(Encodings.hmac(body, key: key))))
    }
    let copies = call?.parameter("copies").flatMap { Int($0) } ?? 1
    return (0..<max(1, copies)).map { _ in
      let call = OutgoingCall(id: nextCall(), url: url, headers: headers, body: body)
      keep(call)
      return webhooks.add(call)
    }
  }

  // MARK: Verification

  /// What Meta asks when the address of the webhook is saved.
  mutating func verify() -> [FakeEffect] {
    guard let url = options.webhook else { return [] }
    let challenge = random.digits(10)
    let token = options.verifyToken.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let call = OutgoingCall(
      id: nextCall(), method: "GET", url: "\(url)?hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\(token)")
    handshake = (call.id, challenge)
    return [.call(call)]
  }

  mutating func verified(_ outcome: CallOutcome, challenge: String) -> [FakeEffect] {
    handshake = nil
    switch outcome {
    case .answered(200, let body) where body.elementsEqual(challenge.utf8):
      verification = ["verified": true]
      return [.say("the webhook is verified")]
    case .answered(let status, let body):
      verification = [
        "verified": false, "status": .number(JSONNumber(Int64(status))), "body": .string(String(decoding: body.prefix(200), as: UTF8.self)),
      ]
    case .failed(let reason): verification = ["verified": false, "error": .string(reason)]
    }
    return [.say("the webhook is not verified: \(verification); POST /_fake/verification asks again")]
  }
}
