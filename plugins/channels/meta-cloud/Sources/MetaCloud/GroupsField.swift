import HubModel
import OrderedJSON

/// The four group fields: each element of `groups[]` is one event of that group's conversation.
struct GroupsField {
  let change: Change
  let directory: AccountDirectory

  func read(into parsed: inout ParsedWebhook) {
    let accounts = change.accounts(in: directory, drops: &parsed)
    change.value.forEachObject("groups", in: &parsed) { element, parsed in
      let id = Fingerprint.of(.object(element), in: change)
      for account in accounts { parsed.events.append(event(element, id: id, account: account)) }
    }
  }

  private func event(_ element: JSONObject, id: String, account: String) -> ChannelEvent {
    let group = element.identifier("group_id") ?? element.identifier("id")
    let timeMs = Moment.read(element, "timestamp")
    return change.event(.group, id: id, account: account, conversation: group ?? "", timeMs: timeMs) { body in
      body.object("conversation") { body in
        body.flag("group", true)
        body.textIfAny("name", element.identifier("subject"))
      }
      body.object("group") { body in
        body.text("field", change.field)
        body.textIfAny("id", group)
        body.textIfAny("event", element.identifier("type"))
        body.value("details", .object(element))
      }
    }
  }
}
