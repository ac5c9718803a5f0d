import HubPluginSDK
import OrderedJSON
import Testing

@Suite("What helps to speak with a provider") struct HelperTests {
  private enum Kind: String { case created = "message.created" }

  @Test("bytes are written as two lower-case digits each")
  func hex() {
    #expect(HubHex.text([0, 10, 0xAB, 255]) == "000aabff" && HubHex.text([]) == "")
    #expect(HubHex.text([1, 2, 3].prefix(2)) == "0102")
  }

  @Test("no text becomes another path or another parameter")
  func encoding() {
    #expect(HubOutboundRequest.encoded("aZ09-_~") == "aZ09-_~")
    #expect(HubOutboundRequest.encoded("../a b?c=1&d#é%") == "%2E%2E%2Fa%20b%3Fc%3D1%26d%23%C3%A9%25")
  }

  @Test("a channel's event is emitted as it is, with the cause of what led to it")
  func event() {
    let event = HubChannelEvent(kind: Kind.created, id: "1", account: "desk", conversation: "5511", timeMs: 7, body: ["a": 1])
    let emitted = HubEvent(event, cause: "cause-1")
    #expect([emitted.id, emitted.kind, emitted.account, emitted.conversation] == ["1", "message.created", "desk", "5511"])
    #expect(emitted.cause == "cause-1" && emitted.timeMilliseconds == 7 && emitted.sequence == 0)
    #expect(emitted.body == Array(#"{"a":1}"#.utf8))
    #expect(event == HubChannelEvent(kind: .created, id: "1", account: "desk", conversation: "5511", timeMs: 7, body: ["a": 1]))
  }

  @Test("an answer's Retry-After is read in either form")
  func retryAfter() {
    func wait(_ headers: [(name: String, value: String)]) -> Int64? { HubHTTPResponse(status: 429, headers: headers).retryAfter }
    #expect(wait([("retry-after", "7")]) == 7000)
    #expect(wait([("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")]) == 0)
    #expect(wait([]) == nil && wait([("Retry-After", "soon")]) == nil)
  }
}
