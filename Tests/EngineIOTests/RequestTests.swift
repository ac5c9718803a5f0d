import EngineIO
import Testing

@Suite("Requests on an engine path")
struct RequestTests {
  func judge(
    _ query: String, isGet: Bool = true, isUpgrade: Bool = false, originIsLegal: Bool = true, isAllowed: Bool = true
  ) -> Result<RequestCheck.Outcome, RequestError> {
    Result { () throws(RequestError) in
      try RequestCheck(transports: [.polling, .webSocket]).judge(
        RequestQuery(query), isGet: isGet, isUpgrade: isUpgrade, originIsLegal: originIsLegal, isAllowed: { isAllowed })
    }
  }

  @Test("good requests open or name a session")
  func good() {
    #expect(judge("EIO=4&transport=polling&t=abc") == .success(.open(.polling)))
    #expect(judge("EIO=4&transport=websocket", isUpgrade: true) == .success(.open(.webSocket)))
    #expect(judge("transport=polling&sid=x", isGet: false) == .success(.session("x", .polling)))
    #expect(judge("EIO=3&transport=polling&sid=x") == .success(.session("x", .polling)), "the version counts at the handshake only")
  }

  @Test("of a repeated parameter the last counts, and values are form data")
  func repeated() {
    #expect(judge("EIO=3&transport=x&transport=polling&EIO=4") == .success(.open(.polling)))
    #expect(RequestQuery("sid=a%2Db+c%").sessionID == "a-b c%")
    #expect(RequestQuery("sid&transport=").sessionID == "")
    #expect(RequestQuery("sid=%+5%-1%2x%").sessionID == "% 5%-1%2x%", "a sign is no digit")
  }

  @Test("the first failing check is the one reported")
  func failures() {
    #expect(judge("EIO=4") == .failure(.transportUnknown))
    #expect(judge("EIO=3&transport=constructor&sid=x", originIsLegal: false) == .failure(.transportUnknown))
    #expect(judge("EIO=3&transport=polling&sid=x", originIsLegal: false) == .failure(.badRequest))
    #expect(judge("EIO=3&transport=polling", isGet: false) == .failure(.badHandshakeMethod))
    #expect(judge("EIO=3&transport=websocket") == .failure(.badRequest))
    #expect(judge("EIO=3&transport=polling", isAllowed: false) == .failure(.forbidden))
    for version in ["", "EIO=3&", "EIO=abc&", "EIO=44&"] {
      #expect(judge("\(version)transport=polling") == .failure(.unsupportedVersion))
    }
  }

  @Test("refusals carry the reference's number and text")
  func bodies() {
    #expect(String(decoding: RequestError.sessionUnknown.body(), as: UTF8.self) == #"{"code":1,"message":"Session ID unknown"}"#)
    #expect(RequestError.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
    #expect(RequestError.forbidden.status == 403)
    #expect(RequestError.badRequest.status == 400)
  }

  @Test("the open packet has exactly the five members")
  func openPacket() {
    let packet = OpenPacket(upgrades: [.webSocket], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000)
    #expect(
      packet.text(sessionID: "abc") == #"0{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#
    )
  }
}
