import HubPluginSDK
import HubTesting
import OrderedJSON
import Testing

@testable import Evolution

/// Golden pairs: in `Cases/Sending/` NAME.json is what is to be sent and NAME.expected.json the request it becomes, in `Cases/Answers/` the
/// server's answer and the outcome. `HUB_WRITE_CASES=1` writes the expected files anew; read the difference before committing it.
@Suite struct SendingCaseTests {
  private static let sending = GoldenPairs(ofTestsAt: #filePath, in: "Sending")
  private static let answers = GoldenPairs(ofTestsAt: #filePath, in: "Answers")

  @Test("what is to be sent becomes exactly this request", arguments: SendingCaseTests.sending.names)
  func requests(_ name: String) throws {
    let actual = PrettyJSON.text(Self.request(for: try JSONValue(parsing: Self.sending.bytes("\(name).json"))))
    #expect(try actual == Self.sending.expected(name, now: actual))
  }

  @Test("an answer of the server means exactly this", arguments: SendingCaseTests.answers.names)
  func outcomes(_ name: String) throws {
    let actual = PrettyJSON.text(.object(Self.outcome(of: try JSONValue(parsing: Self.answers.bytes("\(name).json"))).json))
    #expect(try actual == Self.answers.expected(name, now: actual))
  }

  @Test("no expected file is without its case")
  func noOrphans() {
    #expect(Self.sending.expectations == Set(Self.sending.names))
    #expect(Self.answers.expectations == Set(Self.answers.names))
  }

  private static func request(for delivery: JSONValue) -> JSONValue {
    let event = HubEvent(
      id: delivery["id"]?.string ?? "", kind: delivery["kind"]?.string ?? "", account: delivery["account"]?.string ?? "",
      conversation: delivery["conversation"]?.string ?? "", cause: "00-cause", timeMilliseconds: 0,
      body: delivery["body"]?.serialized() ?? [])
    do {
      let call =
        switch event.kind {
        case "read": try HubRead(event).call
        case "typing": try HubTyping(event).call
        default: try HubSend(event).call(previewsLinks: true)
        }
      return describe(call)
    } catch {
      return ["refused": .string("\(error.code): \(error)")]
    }
  }

  private static func describe(_ call: RESTCall) -> JSONValue {
    let server = try? ServerAddress(["url": "http://127.0.0.1:8080", "api_key": "secret://env/KEY"])
    guard let request = server.map({ call.request(to: $0, cause: "00-cause") }) else { return .null }
    let text = request.parts.map { part in
      switch part {
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .upload(let id, let isBase64): "<\(id)\(isBase64 ? " as Base64" : "")>"
      }
    }
    return [
      "method": .string(request.method), "url": .string(request.url),
      "headers": .object(JSONObject(request.headers.map { ($0.name, JSONValue.string($0.value)) })),
      "timeout": .string("\(request.timeout)"), "body": (try? JSONValue(parsing: text.joined())) ?? "no JSON",
    ]
  }

  private static func outcome(of answer: JSONValue) -> HubOutcome {
    if let word = answer["failure"]?.string {
      let codes: [String: HubError.Code] = [
        "failed": .failed, "timeout": .timeout, "busy": .busy, "denied": .denied, "invalid": .invalid, "unsupported": .unsupported,
      ]
      return HubOutcome(
        HubHTTPFailure(codes[word] ?? .failed, wasWritten: answer["written"] == true, answer["text"]?.string ?? ""))
    }
    let headers = answer["headers"]?.object?.map { (name: $0.key, value: $0.value.string ?? "") } ?? []
    let body = answer["body"].flatMap { $0.isNull ? nil : $0.serialized() } ?? []
    return HubOutcome(HubHTTPResponse(status: Int32(answer["status"]?.int64 ?? 0), headers: headers, body: body), namesMessage: true)
  }
}
