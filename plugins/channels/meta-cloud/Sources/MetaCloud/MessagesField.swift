import HubModel
import OrderedJSON

/// Field `messages`: messages, statuses and errors, any of them together.
struct MessagesField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    let value = change.value
    if let account = change.account {
      readElements(account: account, into: &parsed)
    } else {
      let lost = value.elementCount("messages") + value.elementCount("statuses")
      for _ in 0..<lost { parsed.drop(.noAccount) }
    }
    if let errors = ProviderErrors.read(value) { read(errors: errors, into: &parsed) }
    if ["messages", "statuses", "errors"].contains(where: value.has) == false {
      UnknownField(change: change, directory: directory).read(into: &parsed)
    }
  }

  private func readElements(account: String, into parsed: inout ParsedWebhook) {
    let value = change.value
    let contacts = ContactBook(value, elements: value.elementCount("messages") + value.elementCount("statuses")) {
      value.objects("messages").map { Person($0, phone: "from", userID: "from_user_id") }
        + value.objects("statuses").map { Person($0, phone: "recipient_id", userID: "recipient_user_id") }
    }
    let messages = MessageReader(change: change, account: account, contacts: contacts, source: .inbound)
    value.forEachObject("messages", in: &parsed) { element, parsed in messages.read(element, into: &parsed) }
    let statuses = StatusReader(change: change, account: account, contacts: contacts)
    value.forEachObject("statuses", in: &parsed) { element, parsed in statuses.read(element, into: &parsed) }
  }

  /// Errors of the account itself (throttling, a payload Meta could not build); no conversation is concerned.
  private func read(errors: JSONValue, into parsed: inout ParsedWebhook) {
    let id = Fingerprint.of(change.value["errors"] ?? .null, in: change)
    for account in change.accounts(in: directory, drops: &parsed) {
      parsed.events.append(
        change.event(.account, id: id, account: account) { body in
          body.object("notice") { body in
            body.text("field", change.field)
            body.text("event", "ERROR")
            body.textIfAny("waba", change.waba)
            body.value("errors", errors)
          }
        })
    }
  }
}

/// Fields `smb_message_echoes` and `message_echoes`: what a person typed in the business app.
struct EchoesField {
  let change: Change

  func read(into parsed: inout ParsedWebhook) {
    for key in ["message_echoes", "messages"] {
      guard let account = change.account else {
        for _ in 0..<change.value.elementCount(key) { parsed.drop(.noAccount) }
        continue
      }
      let contacts = ContactBook(change.value, elements: change.value.elementCount(key)) {
        change.value.objects(key).map { Person($0, phone: "to", userID: "to_user_id") }
      }
      let reader = MessageReader(change: change, account: account, contacts: contacts, source: .echo)
      change.value.forEachObject(key, in: &parsed) { element, parsed in reader.read(element, into: &parsed) }
    }
  }
}
