import HubModel
import OrderedJSON

/// Fields about people: the address book of a coexistence phone, marketing preferences, changed user ids.
struct ContactsField {
  private let change: Change
  private let directory: AccountDirectory
  private let contacts: ContactBook

  init(change: Change, directory: AccountDirectory) {
    self.change = change
    self.directory = directory
    contacts = ContactBook(matching: change.value)
  }

  func read(into parsed: inout ParsedWebhook) {
    let accounts = change.accounts(in: directory, drops: &parsed)
    switch change.field {
    case "smb_app_state_sync":
      change.value.forEachObject("state_sync", in: &parsed) { element, parsed in
        add(accounts, element, timeMs: element.object("metadata").flatMap { Moment.read($0, "timestamp") }, Self.addressBook, &parsed)
      }
    case "user_preferences":
      change.value.forEachObject("user_preferences", in: &parsed) { element, parsed in
        add(accounts, element, timeMs: Moment.read(element, "timestamp"), preference, &parsed)
      }
    default:
      let key = change.field
      guard change.value[key]?.array != nil else {
        add(accounts, change.value, timeMs: nil, identity, &parsed)
        return
      }
      change.value.forEachObject(key, in: &parsed) { element, parsed in
        add(accounts, element, timeMs: Moment.read(element, "timestamp"), identity, &parsed)
      }
    }
  }

  private func add(
    _ accounts: [String], _ element: JSONObject, timeMs: Int64?, _ write: (JSONObject, inout BodyWriter) -> Void,
    _ parsed: inout ParsedWebhook
  ) {
    let id = Fingerprint.of(.object(element), in: change)
    for account in accounts {
      parsed.events.append(change.event(.contactUpdated, id: id, account: account, timeMs: timeMs) { write(element, &$0) })
    }
  }

  private static func addressBook(_ element: JSONObject, _ body: inout BodyWriter) {
    let contact = element.object("contact") ?? JSONObject()
    var person = Person(contact, phone: "phone_number", userID: "user_id")
    person.name = contact.identifier("full_name") ?? contact.identifier("first_name")
    person.username = contact.identifier("username")
    person.write("contact", to: &body)
    body.object("change") { body in
      body.text("source", "address_book")
      body.textIfAny("action", element.identifier("action"))
      body.textIfAny("firstName", contact.identifier("first_name"))
    }
  }

  private func preference(_ element: JSONObject, _ body: inout BodyWriter) {
    person(element).write("contact", to: &body)
    body.object("change") { body in
      body.text("source", "preference")
      body.textIfAny("category", element.identifier("category"))
      body.textIfAny("value", element.identifier("value"))
      body.textIfAny("detail", element.identifier("detail"))
    }
  }

  /// The members of these two fields are not settled at the provider, hence `raw` beside the ids that were found.
  private func identity(_ element: JSONObject, _ body: inout BodyWriter) {
    var person = person(element)
    let change = element.object("user_id")
    person.userID = person.userID ?? change?.identifier("current")
    person.write("contact", to: &body)
    body.object("change") { body in
      body.text("source", self.change.field)
      body.textIfAny("previousUserId", change?.identifier("previous"))
    }
    body.value("raw", .object(element))
  }

  private func person(_ element: JSONObject) -> Person {
    contacts.completed(Person(element, phone: "wa_id", userID: "user_id"))
  }
}
