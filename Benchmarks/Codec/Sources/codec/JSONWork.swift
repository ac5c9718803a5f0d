import MetaCloud
import OrderedJSON

/// A webhook of the provider, as JSON and as events.
enum JSONWork {
  static func operations() -> [Operation] {
    let webhook = Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",\
      "metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Marina \\u00e1"},\
      "wa_id":"16505551234"}],"messages":[{"from":"16505551234","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",\
      "timestamp":"1749416383","type":"text","text":{"body":"Does it come in another color?"}}]},"field":"messages"}]}]}
      """.utf8)
    let value = try? JSONValue(parsing: webhook)
    let parser = WebhookParser(directory: AccountDirectory(["106540352242922": .init(waba: "102290129340398")]), receivedMs: 0)
    return [
      Operation(name: "json-parse") { keep(try? JSONValue(parsing: webhook)) },
      Operation(name: "json-scan") { keep(webhook.withUnsafeBytes { try? JSONScanner.skipValue(in: $0, from: 0, maxDepth: 128) }) },
      Operation(name: "json-write") { keep(value?.serialized()) },
      Operation(name: "meta-webhook-parse") { keep(parser.parse(webhook).events.first) },
    ]
  }
}
