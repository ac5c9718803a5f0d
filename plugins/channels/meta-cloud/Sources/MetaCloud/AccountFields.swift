import HubModel
import OrderedJSON

/// Fields about the business account or a number of it. They name the WABA only, so each number concerned gets an event.
/// The member is called `notice`, because `account` is the event's own.
struct AccountField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    let value = change.value
    parsed.append(.account, change, directory) { body in
      body.object("notice") { body in
        body.text("field", change.field)
        body.textIfAny(
          "event", value.identifier("event") ?? value.identifier("alert_type") ?? value.identifier("decision"))
        body.textIfAny("waba", change.waba)
        body.textIfAny("phone", value.identifier("display_phone_number").flatMap(Person.digits))
        body.textIfAny("severity", value.identifier("alert_severity"))
        body.value("details", .object(value))
      }
    }
  }
}

/// Fields about message templates. Template ids have up to 17 digits, more than a JavaScript number holds, so they are text.
struct TemplateField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    let value = change.value
    parsed.append(.template, change, directory) { body in
      body.object("template") { body in
        body.text("field", change.field)
        body.textIfAny("event", value.identifier("event"))
        body.textIfAny("waba", change.waba)
        body.textIfAny("id", value.identifier("message_template_id"))
        body.textIfAny("name", value.identifier("message_template_name"))
        body.textIfAny("language", value.identifier("message_template_language"))
        body.textIfAny("category", value.identifier("message_template_category") ?? value.identifier("new_category"))
        body.textIfAny("previousCategory", value.identifier("previous_category"))
        body.textIfAny("quality", value.identifier("new_quality_score"))
        body.textIfAny("previousQuality", value.identifier("previous_quality_score"))
        body.textIfAny("reason", value.identifier("reason"))
        body.value("details", .object(value))
      }
    }
  }
}

/// Fields without a meaning of their own here, known or not: the value as it is.
struct UnknownField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    parsed.append(.unknown, change, directory) { body in
      body.object("unknown") { body in
        body.text("field", change.field)
        body.text("what", "field")
        body.textIfAny("waba", change.waba)
      }
      body.value("raw", .object(change.value))
    }
  }
}

extension ParsedWebhook {
  /// One event of the whole value for each account it concerns.
  fileprivate mutating func append(
    _ kind: EventKind, _ change: Change, _ directory: AccountDirectory, _ write: (inout BodyWriter) -> Void
  ) {
    let accounts = change.accounts(in: directory, drops: &self)
    guard accounts.isEmpty == false else { return }
    let id = Fingerprint.of(.object(change.value), in: change)
    for account in accounts { events.append(change.event(kind, id: id, account: account, write)) }
  }
}
