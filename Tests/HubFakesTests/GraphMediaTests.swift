import OrderedJSON
import Testing

@testable import HubFakes

@Suite("The Graph API: media")
struct GraphMediaTests {
  private let bearer = [("Authorization", "Bearer token")]

  private func get(_ graph: inout GraphProvider, _ target: String, now: Moment = noon) -> FakeAnswer {
    graph.answer(FakeCall("GET", target, headers: bearer), now: now).answer
  }

  @Test("a customer's picture is had in two steps, with the token, for five minutes each, for seven days")
  func twoSteps() throws {
    var graph = makeGraph()
    _ = graph.started(at: "http://fake.test", now: noon)
    let calls = try graph.demand("POST", "messages", ["type": "image", "text": "foto", "base64": "QUJD"]).effects.calls
    let image = try #require(calls[0].json?["entry"]?[0]?["changes"]?[0]?["value"]?["messages"]?[0]?["image"])
    #expect(image["sha256"] == .string(Encodings.base64(Encodings.sha256(Array("ABC".utf8)))))
    let id = try #require(image["id"]?.string)
    let described = try #require(get(&graph, "/v23.0/\(id)?phone_number_id=118273645509812").json)
    #expect(described["sha256"] == .string(Encodings.hex(Encodings.sha256(Array("ABC".utf8)))) && described["file_size"] == "3")
    var golden = try #require(try Golden.json("meta-media").object)
    (golden["id"], golden["url"]) = (.string(id), described["url"])
    #expect(described == .object(golden))
    let target = try #require(described["url"]?.string).replacing("http://fake.test", with: "")
    #expect(get(&graph, target, now: noon + 299_999).body == Array("ABC".utf8))
    #expect(get(&graph, target, now: noon + 300_000).status == 404)
    #expect(graph.answer(FakeCall("GET", target), now: noon).answer.status == 401)
    #expect(get(&graph, "/\(id)", now: noon + 7 * GraphMedia.day).status == 400)
  }

  @Test("an uploaded file can be sent by its id, until it is deleted")
  func upload() throws {
    var graph = makeGraph { $0.hasWindow = false }
    let form =
      "--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--x\r\n"
      + "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--y\r\n\r\n--x--\r\n"
    let headers = bearer + [("Content-Type", "multipart/form-data; boundary=x")]
    let answer = graph.answer(FakeCall("POST", "/v23.0/118273645509812/media", headers: headers, body: Array(form.utf8)), now: noon).answer
    let id = try #require(answer.json?["id"]?.string)
    let golden = try #require(try Golden.json("meta-media-upload").object)
    #expect(answer.status == 200 && answer.json?.object?.keys == golden.keys && id.count == golden["id"]?.string?.count)
    let body: JSONValue = ["messaging_product": "whatsapp", "to": "5511991230001", "type": "image", "image": ["id": .string(id)]]
    #expect(graph.post("/118273645509812/messages", body, headers: bearer).answer.status == 200)
    #expect(get(&graph, "/\(id)").json?["file_size"] == "7")
    #expect(graph.answer(FakeCall("DELETE", "/\(id)", headers: bearer), now: noon).answer.json == ["success": true])
    #expect(graph.post("/118273645509812/messages", body, headers: bearer).answer.status == 400)
    let broken = FakeCall("POST", "/118273645509812/media", headers: headers, body: Array("--x\r\n".utf8))
    #expect(graph.answer(broken, now: noon).answer.status == 400)
  }
}
