import HubModel
import OrderedJSON

/// Turns the body of one webhook request into canonical events. Pure: the same body gives the same events, in the same order.
///
/// The grammar is Meta's "Webhooks reference" of the WhatsApp Business Platform; every part of it may be missing or strange, and
/// one bad element never stops its neighbours.
public struct WebhookParser: Sendable {
  private let directory: AccountDirectory
  private let receivedMs: Int64

  /// - Parameters:
  ///   - directory: the configured numbers, for fields that name only the business account.
  ///   - receivedMs: the time of what carries none, in milliseconds since 1970.
  public init(directory: AccountDirectory, receivedMs: Int64) {
    self.directory = directory
    self.receivedMs = receivedMs
  }

  /// Parses the bytes of a body.
  public func parse(_ body: [UInt8]) -> ParsedWebhook {
    var parsed = ParsedWebhook()
    guard let document = try? JSONValue(parsing: body), case .object(let root) = document else {
      parsed.drop(.malformedBody)
      return parsed
    }
    read(root, into: &parsed)
    return parsed
  }

  private func read(_ root: JSONObject, into parsed: inout ParsedWebhook) {
    guard root.text("object") ?? "whatsapp_business_account" == "whatsapp_business_account" else {
      parsed.drop(.foreignObject)
      return
    }
    root.forEachObject("entry", in: &parsed) { entry, parsed in
      entry.forEachObject("changes", in: &parsed) { change, parsed in
        guard let value = change.object("value") else {
          parsed.drop(.malformedElement)
          return
        }
        read(Change(change, value: value, entry: entry, receivedMs: receivedMs), into: &parsed)
      }
    }
  }

  private func read(_ change: Change, into parsed: inout ParsedWebhook) {
    if let account = change.account, let waba = change.waba {
      let sighting = NumberSighting(account: account, waba: waba, phone: change.businessPhone)
      if parsed.sightings.last != sighting { parsed.sightings.append(sighting) }
    }
    switch Field(name: change.field) {
    case .messages: MessagesField(change: change, directory: directory).read(into: &parsed)
    case .echoes: EchoesField(change: change).read(into: &parsed)
    case .history: HistoryField(change: change).read(into: &parsed)
    case .contacts: ContactsField(change: change, directory: directory).read(into: &parsed)
    case .calls: CallsField(change: change, directory: directory).read(into: &parsed)
    case .groups: GroupsField(change: change, directory: directory).read(into: &parsed)
    case .account: AccountField(change: change, directory: directory).read(into: &parsed)
    case .template: TemplateField(change: change, directory: directory).read(into: &parsed)
    case .unread: UnknownField(change: change, directory: directory).read(into: &parsed)
    case nil:
      parsed.note(.field(change.field))
      UnknownField(change: change, directory: directory).read(into: &parsed)
    }
  }
}

extension JSONObject {
  /// Hands over each object of a list. A list that is none, and elements that are no objects, are counted.
  func forEachObject(_ key: String, in parsed: inout ParsedWebhook, _ act: (JSONObject, inout ParsedWebhook) -> Void) {
    switch self[key] {
    case nil, .null?: return
    case .array(let elements)?:
      for element in elements {
        if case .object(let object) = element { act(object, &parsed) } else { parsed.drop(.malformedElement) }
      }
    case _?: parsed.drop(.malformedElement)
    }
  }
}
