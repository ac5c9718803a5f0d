import HubModel
import OrderedJSON

/// Field `calls`: calls and what became of them.
struct CallsField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    let value = change.value
    let elements = (value["calls"]?.array?.count ?? 0) + (value["statuses"]?.array?.count ?? 0)
    let contacts = ContactBook(value, elements: elements) {
      value.objects("calls").flatMap { [Person($0, phone: "from", userID: "from_user_id"), Person($0, phone: "to", userID: "to_user_id")] }
        + value.objects("statuses").map { Person($0, phone: "recipient_id", userID: "recipient_user_id") }
    }
    let reader = CallReader(change: change, accounts: change.accounts(in: directory, drops: &parsed), contacts: contacts)
    value.forEachObject("calls", in: &parsed) { element, parsed in reader.read(call: element, into: &parsed) }
    value.forEachObject("statuses", in: &parsed) { element, parsed in reader.read(status: element, into: &parsed) }
  }
}

/// Reads one call, or one status of a call.
struct CallReader {
  let change: Change
  let accounts: [String]
  let contacts: ContactBook

  func read(call element: JSONObject, into parsed: inout ParsedWebhook) {
    let isOutbound = element.text("direction")?.uppercased() == "BUSINESS_INITIATED"
    let person =
      isOutbound
      ? Person(element, phone: "to", userID: "to_user_id")
      : Person(element, phone: "from", userID: "from_user_id")
    add(element, person, into: &parsed) { body in
      body.textIfAny("event", element.identifier("event"))
      body.text("direction", isOutbound ? "outbound" : "inbound")
      body.textIfAny("status", element.identifier("status")?.lowercased())
      body.valueIfAny("seconds", element.number("duration").map(JSONValue.number))
      body.valueIfAny("session", element.object("session").map(JSONValue.object))
    }
  }

  func read(status element: JSONObject, into parsed: inout ParsedWebhook) {
    add(element, Person(element, phone: "recipient_id", userID: "recipient_user_id"), into: &parsed) { body in
      body.text("event", "status")
      body.text("direction", "outbound")
      body.textIfAny("status", element.identifier("status")?.lowercased())
    }
  }

  private func add(_ element: JSONObject, _ other: Person, into parsed: inout ParsedWebhook, _ write: (inout BodyWriter) -> Void) {
    let person = contacts.completed(other)
    let id = Fingerprint.of(.object(element), in: change)
    let timeMs = Moment.read(element, "timestamp")
    for account in accounts {
      parsed.events.append(
        change.event(.call, id: id, account: account, conversation: person.key ?? "", timeMs: timeMs) { body in
          if person.key != nil { person.write("contact", to: &body) }
          body.object("call") { body in
            body.textIfAny("id", element.identifier("id"))
            write(&body)
            body.valueIfAny("errors", ProviderErrors.read(element))
          }
        })
    }
  }
}
