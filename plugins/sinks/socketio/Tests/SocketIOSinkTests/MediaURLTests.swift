import OrderedJSON
import Testing

@testable import SocketIOSink

@Suite("URLs of media")
struct MediaURLTests {
  @Test("the hub's own link is passed on, a provider's is not")
  func own() {
    let own: JSONValue = ["media": ["id": "1", "url": "/api/v1/media/msg_1?sig=x"]]
    #expect(own["media"]?.ownMediaURL == "/api/v1/media/msg_1?sig=x" && own.withoutMediaURL == own)
    let whole: JSONValue = ["url": "https://hub.example/api/v1/media/msg_1?sig=x"]
    #expect(whole.ownMediaURL == whole["url"])
    let provider: JSONValue = ["media": ["id": "1", "url": "https://lookaside.fbsbx.com/?mid=1"]]
    #expect(provider["media"]?.ownMediaURL == nil && provider.withoutMediaURL == ["media": ["id": "1"]])
  }
}
