import HubModel
import OrderedJSON

/// Field `history`: what was said before the number joined, in chunks that may hold thousands of messages.
///
/// Every event is of kind `history`, one per message and one per chunk for the progress: nothing of it is new to anybody.
struct HistoryField {
  let change: Change

  func read(into parsed: inout ParsedWebhook) {
    guard let account = change.account else {
      parsed.drop(.noAccount)
      return
    }
    let contacts = ContactBook(matching: change.value)
    change.value.forEachObject("history", in: &parsed) { chunk, parsed in
      read(chunk, contacts, account: account, into: &parsed)
    }
    readMedia(account: account, into: &parsed)
  }

  private func read(_ chunk: JSONObject, _ contacts: ContactBook, account: String, into parsed: inout ParsedWebhook) {
    chunk.forEachObject("threads", in: &parsed) { thread, parsed in
      let person = Self.person(thread)
      let reader = MessageReader(
        change: change, account: account, contacts: contacts, source: .history(thread: person.key == nil ? nil : person))
      thread.forEachObject("messages", in: &parsed) { element, parsed in reader.read(element, into: &parsed) }
    }
    let id = Fingerprint.of(.object(chunk), in: change)
    parsed.events.append(
      change.event(.history, id: id, account: account) { body in
        body.object("history") { body in
          let metadata = chunk.object("metadata")
          body.valueIfAny("phase", metadata?.number("phase").map(JSONValue.number))
          body.valueIfAny("chunk", metadata?.number("chunk_order").map(JSONValue.number))
          body.valueIfAny("progress", metadata?.number("progress").map(JSONValue.number))
          body.value("threads", .number(JSONNumber(Int64(chunk.objects("threads").count))))
          body.valueIfAny("errors", ProviderErrors.read(chunk))
        }
      })
  }

  /// The ids of media come later, as messages beside no `history`, for messages that are there already as placeholders. The id
  /// of such an event differs from the placeholder's, else it would be taken for its repetition.
  private func readMedia(account: String, into parsed: inout ParsedWebhook) {
    let key = "messages"
    let contacts = ContactBook(change.value, elements: change.value[key]?.array?.count ?? 0) {
      change.value.objects(key).map { Person($0, phone: "from", userID: "from_user_id") }
    }
    let reader = MessageReader(change: change, account: account, contacts: contacts, source: .historyMedia)
    change.value.forEachObject(key, in: &parsed) { element, parsed in reader.read(element, into: &parsed) }
  }

  private static func person(_ thread: JSONObject) -> Person {
    var person = Person(naming: thread.identifier("id"))
    if let context = thread.object("context") {
      person.learn(from: Person(context, phone: "wa_id", userID: "user_id"))
      person.username = context.identifier("username")
    }
    return person
  }
}
