import MetaCloud
import OrderedJSON

/// The body of a webhook. The same bytes give the same events, no event is made of nothing, and each carries a JSON object.
enum MetaWebhookTarget: FuzzTarget {
  private static let parser = WebhookParser(
    directory: AccountDirectory([
      "106540352242922": .init(waba: "102290129340398", phone: "15550783881", tenant: "a"), "200000000000002": .init(tenant: "b"),
    ]), receivedMs: 1_760_000_000_000)

  static func run(_ input: UnsafeRawBufferPointer) {
    let body = Array(input)
    let parsed = parser.parse(body)
    require(parsed == parser.parse(body), "the same body gives other events")
    require(parsed.events.count <= input.count, "more events than bytes")
    require(parsed.unfamiliar.count <= ParsedWebhook.unfamiliarLimit, "too many unknown names are kept")
    for event in parsed.events {
      require(!event.id.isEmpty && !event.account.isEmpty, "an event without id or account")
      require((try? JSONValue(parsing: event.body))?.object != nil, "an event whose body is no JSON object")
    }
  }
}
