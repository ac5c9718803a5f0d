import OrderedJSON
import Testing

@testable import MetaCloud

@Suite struct MediaLocationTests {
  private static let hosts = MediaHosts(graphURL: "https://graph.facebook.com/v23.0", patterns: MediaHosts.metas)

  @Test(
    "the token goes to Meta's hosts and to the API only",
    arguments: [
      ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", .content), ("https://scontent.xx.fbcdn.net/v/t1", .content),
      ("https://MMG.WhatsApp.net/x", .content), ("https://graph.facebook.com/v23.0/1", .api), ("https://graph.facebook.com:443/x", .api),
    ] as [(String, MediaHosts.Owner)])
  func taken(_ url: String, _ owner: MediaHosts.Owner) { #expect(Self.hosts.owner(of: url) == owner) }

  @Test(
    "no other address gets it, however it is dressed",
    arguments: [
      "https://evil.example/x", "https://lookaside.fbsbx.com.evil.example/x", "https://evilfbcdn.net/x", "https://fbcdn.net/x",
      "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com:8443/x", "https://lookaside.fbsbx.com@evil.example/x",
      "https://evil.example\\@lookaside.fbsbx.com/x", "https://169.254.169.254/latest", "file:///etc/passwd", "//lookaside.fbsbx.com/x",
      "https://lookaside.fbsbx.com:99999/", "https:///x", "https://evil.example/?https://lookaside.fbsbx.com/", "",
      "http://graph.facebook.com/x", "https://graph.facebook.com:444/x",
    ])
  func refused(_ url: String) { #expect(Self.hosts.owner(of: url) == nil) }

  @Test("a fake at a port of its own is the API, and its neighbour is not")
  func fake() {
    let hosts = MediaHosts(graphURL: "http://127.0.0.1:4567/v23.0", patterns: [])
    #expect(hosts.owner(of: "http://127.0.0.1:4567/cdn/1") == .api)
    #expect(hosts.owner(of: "http://127.0.0.1:4568/cdn/1") == nil)
  }

  @Test("size and digest are read in each of their forms")
  func answer() throws {
    let hex = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    for (digest, size) in [(hex, "\"3\""), (hex.uppercased(), "3"), ("LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=", "3")] {
      let body = #"{"url":"https://x/","mime_type":"text/plain","sha256":"\#(digest)","file_size":\#(size),"id":"1"}"#
      let location = try #require(MediaLocation(body: Array(body.utf8)))
      #expect(location.sha256 == hex && location.size == 3 && location.mimeType == "text/plain")
    }
    #expect(MediaLocation(body: Array(#"{"id":"1"}"#.utf8)) == nil)
  }

  @Test("an answer is an address, or why there is none")
  func answers() throws {
    let (hex, other) = (String(repeating: "a1", count: 32), String(repeating: "b2", count: 32))
    func answer(_ status: Int, _ body: String, sha256: String? = nil) -> MediaAnswer {
      var media: JSONObject = ["id": "1"]
      media.add("sha256", text: sha256)
      return MediaAnswer(.answered(status: status, retryAfter: nil, body: Array(body.utf8)), media: media, hosts: Self.hosts)
    }
    let there = #"{"url":"https://lookaside.fbsbx.com/1","sha256":"\#(hex)"}"#
    let location = try #require(MediaLocation(body: Array(there.utf8)))
    #expect(answer(200, there) == .there(location, .content))
    #expect(answer(200, there, sha256: hex.uppercased()) == .there(location, .content))
    // What the API leaves out, the signed webhook has said.
    let bare = #"{"url":"https://lookaside.fbsbx.com/1","sha256":"none"}"#
    var told = try #require(MediaLocation(body: Array(bare.utf8)))
    #expect(told.sha256 == nil && answer(200, bare) == .there(told, .content))
    told.sha256 = hex
    #expect(answer(200, bare, sha256: hex.uppercased()) == .there(told, .content))
    #expect(answer(200, there, sha256: other) == .refused("the file is another one than the message told of"))
    #expect(
      answer(200, #"{"url":"https://evil.example/1"}"#) == .refused("the file is at a host that is not one of media_hosts"))
    #expect(answer(200, "{}") == .unavailable("the answer names no address"))
    #expect(answer(400, #"{"error":{"code":100,"message":"no such object"}}"#) == .gone("no such object"))
    #expect(answer(404, "") == .gone("the answer is 404"))
    #expect(answer(401, #"{"error":{"code":190,"message":"EAAG"}}"#) == .unavailable("the access token is refused"))
    #expect(answer(503, "") == .unavailable("the answer is 503"))
  }
}
