import HubModel
import OrderedJSON
import Testing

@testable import MetaCloud

@Suite struct WebhookParserTests {
  private func envelope(_ value: String, field: String = "messages") -> String {
    """
    {"object":"whatsapp_business_account","entry":[{"id":"203948571209384","changes":[{"field":"\(field)","value":{
    "metadata":{"display_phone_number":"5511940001000","phone_number_id":"118273645509812"},\(value)}}]}]}
    """
  }

  @Test("a thousand statuses in one body are a thousand events in order")
  func manyStatuses() {
    let statuses = (0..<1000).map { index in
      #"{"id":"wamid.\#(index)","status":"sent","timestamp":"1767625215","recipient_id":"5511991230001"}"#
    }
    let webhook = WebhookParser.sample.parse(envelope("\"statuses\":[\(statuses.joined(separator: ","))]"))
    #expect(webhook.events.map(\.id) == (0..<1000).map { "wamid.\($0):sent" })
    #expect(webhook.drops.isEmpty)
  }

  @Test("a body of three megabytes is read whole")
  func largeBody() {
    let text = String(repeating: "x", count: 3 << 20)
    let webhook = WebhookParser.sample.parse(
      envelope(#""messages":[{"from":"5511991230001","id":"wamid.L","timestamp":"1","type":"text","text":{"body":"\#(text)"}}]"#))
    #expect(webhook.events.first?.json["message"]?["text"]?.string == text)
  }

  @Test("a history of thousands gives history events only, one per message and one for the chunk")
  func manyHistoryMessages() {
    let messages = (0..<3000).map { index in
      #"{"from":"5511991230001","id":"wamid.H\#(index)","timestamp":"1759000000","type":"text","text":{"body":"oi"}}"#
    }
    let thread = #"{"id":"5511991230001","messages":[\#(messages.joined(separator: ","))]}"#
    let webhook = WebhookParser.sample.parse(
      envelope(#""history":[{"metadata":{"phase":2,"chunk_order":1,"progress":100},"threads":[\#(thread)]}]"#, field: "history"))
    #expect(webhook.events.count == 3001)
    #expect(Set(webhook.events.map(\.kind)) == [.history])
  }

  @Test("a redelivery in another batch keeps the ids")
  func rebatched() {
    let one = #"{"from":"5511991230001","id":"wamid.A","timestamp":"1767625200","type":"text","text":{"body":"a"}}"#
    let two = #"{"from":"5511991230001","id":"wamid.B","timestamp":"1767625200","type":"text","text":{"body":"b"}}"#
    let together = WebhookParser.sample.parse(envelope("\"messages\":[\(one),\(two)]")).events
    let apart = [one, two].flatMap { WebhookParser.sample.parse(envelope("\"messages\":[\($0)]")).events }
    #expect(together == apart)
  }

  @Test("the id of what has none depends on entry, time, field and content")
  func fingerprints() {
    let ids = [
      #"{"entry":[{"id":"203948571209384","time":1,"changes":[{"field":"flows","value":{"event":"A"}}]}]}"#,
      #"{"entry":[{"id":"203948571209384","time":2,"changes":[{"field":"flows","value":{"event":"A"}}]}]}"#,
      #"{"entry":[{"id":"990000000000001","time":1,"changes":[{"field":"flows","value":{"event":"A"}}]}]}"#,
      #"{"entry":[{"id":"203948571209384","time":1,"changes":[{"field":"security","value":{"event":"A"}}]}]}"#,
      #"{"entry":[{"id":"203948571209384","time":1,"changes":[{"field":"flows","value":{"event":"B"}}]}]}"#,
    ].map { WebhookParser.sample.parse($0).events.first?.id }
    #expect(ids.contains(nil) == false)
    #expect(Set(ids).count == ids.count)
    let spaced =
      #"{ "entry" : [ { "id" : 203948571209384, "time" : "1", "changes" : [ { "field":"flows", "value" : {"event":"A"} } ] } ] }"#
    #expect(WebhookParser.sample.parse(spaced).events.first?.id == ids[0])
  }

  @Test("integers of 17 digits keep every digit")
  func largeIntegers() {
    let body = """
      {"entry":[{"id":"203948571209384","time":1767626000,"changes":[{"field":"message_template_status_update",
      "value":{"event":"APPROVED","message_template_id":98765432109876543}}]}]}
      """
    let event = WebhookParser.sample.parse(body).events.first
    #expect(event?.json["template"]?["id"]?.string == "98765432109876543")
    #expect(event?.json["template"]?["details"]?["message_template_id"]?.description == "98765432109876543")
  }

  @Test("statuses in any order are passed on as they come: the journal knows the rank")
  func statusOrder() {
    let statuses = ["read", "delivered", "sent"].map { #"{"id":"wamid.X","status":"\#($0)","timestamp":"1","recipient_id":"1"}"# }
    let events = WebhookParser.sample.parse(envelope("\"statuses\":[\(statuses.joined(separator: ","))]")).events
    #expect(events.map { $0.json["status"]?["status"]?.string } == ["read", "delivered", "sent"])
    #expect(Set(events.map(\.id)).count == 3)
  }

  @Test(
    "strange bodies give no event and no crash",
    arguments: [
      "", " ", "null", "[]", "0", "\"x\"", "{", "{}", #"{"entry":null}"#, #"{"entry":{}}"#, #"{"entry":[[]]}"#,
      #"{"entry":[{"changes":[{}]}]}"#,
      #"{"entry":[{"changes":[{"value":{}}]}]}"#, #"{"object":7,"entry":[]}"#, String(repeating: "[", count: 10_000),
      String(repeating: #"{"entry":[{"changes":[{"value":"#, count: 200),
    ])
  func strange(_ body: String) {
    #expect(WebhookParser.sample.parse(body).events.isEmpty)
  }

  @Test("a good body cut anywhere is malformed, never half an event")
  func truncated() {
    let body = Array(
      envelope(#""messages":[{"from":"5511991230001","id":"wamid.A","timestamp":"1","type":"text","text":{"body":"é"}}]"#).utf8)
    for length in 0..<body.count {
      #expect(WebhookParser.sample.parse(Array(body.prefix(length))).drops == [.malformedBody: 1])
    }
  }

  @Test("any member replaced by anything stops neither the parser nor the neighbour", arguments: Case.all)
  func mutated(_ name: String) throws {
    guard let document = try? JSONValue(parsing: try Case.bytes("\(name).json")) else { return }
    let strange: [JSONValue] = [.null, true, -1, 1.5, "x", "", [], [.null, 7, "x"], [:], ["id": ["x"]], .number(JSONNumber(.max))]
    // Every place, and each with another of the values: with all of them the test would take minutes.
    for (index, changed) in document.replacements(with: strange).enumerated() {
      let webhook = WebhookParser.sample.parse(changed.serialized())
      #expect(webhook.events.allSatisfy { $0.json.object != nil }, "place \(index)")
    }
  }

  @Test("of a body full of elements without sense a batch is kept, the rest counted, and the good one behind them comes through")
  func strays() {
    let strays = Array(repeating: "{}", count: ParsedWebhook.strayLimit + 7).joined(separator: ",")
    let good = #"{"from":"5511991230001","id":"wamid.A","timestamp":"1","type":"text","text":{"body":"a"}}"#
    let webhook = WebhookParser.sample.parse(envelope("\"messages\":[\(strays),\(good)]"))
    #expect(webhook.events.count == ParsedWebhook.strayLimit + 1)
    #expect(webhook.events.last?.id == "wamid.A")
    #expect(webhook.drops == [.tooManyStrays: 7])
  }

  @Test("unknown names of one body are listed once each and not without end")
  func unfamiliar() {
    let messages = (0..<100).flatMap { index in
      Array(repeating: #"{"from":"1","id":"wamid.\#(index)","timestamp":"1","type":"t\#(index)"}"#, count: 2)
    }
    let webhook = WebhookParser.sample.parse(envelope("\"messages\":[\(messages.joined(separator: ","))]"))
    #expect(webhook.events.count == 200)
    #expect(webhook.unfamiliar == (0..<ParsedWebhook.unfamiliarLimit).map { .messageType("t\($0)") })
  }
}

extension JSONValue {
  /// The document once for each place in it, with the value there replaced by one of these, in turn.
  func replacements(with values: [JSONValue]) -> [JSONValue] {
    var turn = 0
    return replacements {
      turn += 1
      return values[turn % values.count]
    }
  }

  private func replacements(next: () -> JSONValue) -> [JSONValue] {
    var results = [next()]
    switch self {
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        for inner in element.replacements(next: next) {
          var copy = elements
          copy[index] = inner
          results.append(.array(copy))
        }
      }
    case .object(let object):
      for member in object {
        for inner in member.value.replacements(next: next) {
          var copy = object
          copy[member.key] = inner
          results.append(.object(copy))
        }
      }
    default: break
    }
    return results
  }
}
