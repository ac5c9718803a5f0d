import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import MetaCloud

extension SendingTests {
  private static let media: JSONValue = ["id": "771029384756001", "mimeType": "image/png", "message": "wamid.A", "fromMe": false]

  @Test("a file is asked for anew each time and fetched with the token, from Meta's hosts as a stranger's")
  func media() async throws {
    let digest = String(repeating: "a1", count: 32)
    let host = try await host { _ in
      .json(["url": "https://lookaside.fbsbx.com/1", "file_size": "3", "sha256": .string(digest.uppercased()), "id": "771029384756001"])
    }
    for _ in 0..<2 {
      guard case .fetch(let fetch, 3, digest) = await host.openMedia(Self.media, account: Self.account) else {
        Issue.record("nothing is fetched")
        return
      }
      #expect([fetch.method, fetch.url] == ["GET", "https://lookaside.fbsbx.com/1"])
      #expect(fetch.header("Authorization") == "Bearer secret://file/token" && fetch.isForeign)
    }
    let asked = "https://graph.example/v23.0/771029384756001?phone_number_id=118273645509812"
    #expect(requests(host).map(\.url) == [asked, asked])
    #expect(requests(host).allSatisfy { $0.method == "GET" && $0.header("Authorization") == "Bearer secret://file/token" })
    #expect(host.metric("meta_media_total", "there") == 2)
  }

  @Test(
    "the token is shown to no other host",
    arguments: ["https://evil.example/1", "http://169.254.169.254/latest", "https://lookaside.fbsbx.com@evil.example/1"])
  func foreignMedia(_ url: String) async throws {
    let host = try await host { _ in .json(["url": .string(url)]) }
    guard case .missing(let error) = await host.openMedia(Self.media, account: Self.account) else {
      Issue.record("something is fetched")
      return
    }
    #expect(error.code == .denied)
    #expect(host.metric("meta_media_total", "refused") == 1)
  }

  @Test("a file that Meta has no more is not found, one that can't be had now may be tried again")
  func missingMedia() async throws {
    let answers: [(FakeHost.OutboundAnswer, HubError.Code)] = [
      (Self.refusal(100), .notFound), (.response(HubHTTPResponse(status: 404)), .notFound), (Self.refusal(190, 401), .failed),
      (.response(HubHTTPResponse(status: 500)), .failed), (.failure(.failed, wasWritten: false, "refused"), .failed),
    ]
    for (answer, code) in answers {
      let host = try await host { _ in answer }
      guard case .missing(let error) = await host.openMedia(Self.media, account: Self.account) else {
        Issue.record("something is fetched")
        return
      }
      #expect(error.code == code)
    }
    let host = try await host()
    guard case .missing(let error) = await host.openMedia(["mimeType": "image/png"], account: Self.account) else {
      Issue.record("something is fetched")
      return
    }
    #expect(error.code == .notFound && requests(host).isEmpty)
  }
}
