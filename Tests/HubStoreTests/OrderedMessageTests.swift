import HubStore
import HubTesting
import OrderedJSON
import Testing

/// A message that came in the journal's own spelling is passed on as it is; it must not be told from one that is spelled otherwise.
@Suite struct OrderedMessageTests {
  private static let plain =
    #""providerMessageId":"m","direction":"DIRECTION","type":"text","text":"a\n\"é","caption":null,"status":"STATUS","#
    + #""timestamp":"2026-01-05T12:00:00.000Z","replyTo":{"id":"x"},"forwarded":false,"voice":true,"viewOnce":false,"media":null,"#
    + #""location":null,"contacts":null,"interactive":null,"reaction":null,"author":null,"origin":"ORIGIN""#

  private static func message(_ direction: String, _ status: String, _ origin: String, more: String = "") -> String {
    plain.replacing("DIRECTION", with: direction).replacing("STATUS", with: status).replacing("ORIGIN", with: origin) + more
  }

  private static let messages = [
    message("inbound", "delivered", "realtime"),
    message("inbound", "read", "realtime"),
    message("outbound", "read", "echo"),
    message("outbound", "no such word", "api"),
    message("inbound", "delivered", "history"),
    message("inbound", "delivered", "realtime", more: #","referral":{"a":[1,2]},"id":"mine""#),
    message("inbound", "delivered", "realtime", more: #","text":"twice""#),
    message("inbound", "delivered", "realtime", more: #","frequentlyForwarded":true"#),
    message("inbound", "delivered", "realtime").replacing(#""voice":true"#, with: #""voice":null"#),
    message("inbound", "delivered", "realtime").replacing(#""status":"delivered""#, with: #""status":null"#),
    message("inbound", "delivered", "realtime").replacing(#""origin":"realtime""#, with: #""origin":null"#),
    message("inbound", "delivered", "realtime").replacing(#""timestamp":"2026-01-05T12:00:00.000Z""#, with: #""timestamp":7"#),
    message("inbound", "delivered", "realtime").replacing(#""caption":null,"#, with: ""),
    message("sideways", "delivered", "realtime"),
    message("inbound", "delivered", "somewhere"),
  ]

  /// What a journal makes of a message: the outcome, and the event without what is new in every journal.
  private func made(_ text: String, kind: String) async throws -> (AppendOutcome, text: String?, unread: Int64?) {
    let folder = try Folder()
    let clock = ManualClock()
    let journal = try Journal(path: folder.database, options: clock.options)
    var event = Sample.event(kind, id: "m", .null, conversation: "5511991230001")
    event.body = Array(#"{"contact":{"phone":"5511991230001"},"message":{\#(text)},"x":1}"#.utf8)
    let outcome = try await journal.append([event])[0]
    let stored = try journal.all().last
    let conversation = stored?.json["conversation"]
    let id = stored?.json["message"]?["id"]?.string ?? ""
    let message = stored?.text.firstRange(of: #""message":"#).map { String(stored?.text[$0.lowerBound...] ?? "") }
    try journal.close()
    return (outcome, message?.replacing(id, with: "ID"), conversation?["unreadCount"]?.int64)
  }

  @Test("however a message is spelled, the journal makes the same of it", arguments: messages, ["message.created", "history"])
  func same(text: String, kind: String) async throws {
    let ordered = try await made(text, kind: kind)
    let spaced = try await made(" " + text, kind: kind)
    #expect(ordered.0 == spaced.0)
    #expect(ordered.text == spaced.text)
    #expect(ordered.unread == spaced.unread)
  }

  @Test("the first of them is passed on just as it came")
  func verbatim() async throws {
    let (outcome, text, unread) = try await made(Self.messages[0], kind: "message.created")
    #expect(outcome == .stored(sequence: 2))
    #expect(unread == 1)
    #expect(text == #""message":{"id":"ID",\#(Self.messages[0])},"x":1,"raw":null}"#)
  }
}
