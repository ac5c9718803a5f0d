import HubModel
import OrderedJSON
import Testing

@testable import HubServer

@Suite("Objects of requests")
struct RequestObjectTests {
  private func refusal(_ text: String, knows members: [String]? = nil, isOptional: Bool = false) -> RequestObject.Refusal? {
    do throws(RequestObject.Refusal) {
      let body = Array(text.utf8)
      if let members {
        _ = try RequestObject.parse(body, knows: members, isOptional: isOptional)
      } else {
        _ = try RequestObject.parse(body, isOptional: isOptional)
      }
      return nil
    } catch {
      return error
    }
  }

  @Test("what is no object says why and where")
  func noObject() {
    #expect(refusal("")?.detail == "the body is not a JSON object: the text ends too early at byte 0")
    #expect(refusal(#"{"a":x}"#)?.detail == "the body is not a JSON object: unexpected character at byte 5")
    #expect(refusal("[]")?.detail == "the body is not a JSON object" && refusal("[]")?.mistakes == [])
    #expect(refusal("", isOptional: true) == nil && refusal("{}", isOptional: true) == nil && refusal("[]", isOptional: true) != nil)
  }

  @Test("a member that is there twice is named, wherever it is")
  func twice() {
    let found = refusal(#"{"a":{"b":1,"b":1}}"#)
    #expect(found?.mistakes == [MemberMistake("a.b", "is there twice")] && found?.detail == "a.b: is there twice")
  }

  @Test("members that are not known are named, all of them")
  func unknown() {
    #expect(refusal(#"{"on":true}"#, knows: ["on"]) == nil)
    #expect(
      refusal(#"{"on":true,"off":1,"x":2}"#, knows: ["on"])?.mistakes
        == [MemberMistake("off", "only on is known here"), MemberMistake("x", "only on is known here")])
    #expect(refusal(#"{"a":1}"#, knows: [], isOptional: true)?.mistakes == [MemberMistake("a", "nothing is known here")])
  }
}
