import Testing

@testable import MetaCloud

@Suite struct VerificationTests {
  private func ask(_ query: String) -> Verification? { Verification(target: "/webhooks/whatsapp?" + query) }

  @Test("the challenge is an opaque text", arguments: ["1158201444", "000123", "99999999999999999999999999", "a-b_c"])
  func challenge(_ text: String) throws {
    let question = try #require(ask("hub.mode=subscribe&hub.challenge=\(text)&hub.verify_token=t"))
    #expect(question.challenge == text)
  }

  @Test("order does not matter and escapes are decoded")
  func escapes() throws {
    let question = try #require(ask("hub.verify_token=a%26b%3Dc%20%C3%A9+d&x&hub.challenge=%31%32&hub.mode=sub%73cribe"))
    #expect(question.token == "a&b=c é d")
    #expect(question.challenge == "12")
  }

  @Test(
    "what lacks a part, or is no subscription, is no question",
    arguments: [
      "", "hub.challenge=1&hub.verify_token=t", "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t",
      "hub.mode=subscribe&hub.verify_token=t", "hub.mode=subscribe&hub.challenge=1", "hub.mode=subscribe&hub.challenge=&hub.verify_token=t",
      "hub.mode=subscribe&hub.challenge=1&hub.verify_token=", "hub.mode=subscribe&hub.challenge=%zz&hub.verify_token=t",
      "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%c3", "hub_mode=subscribe&hub_challenge=1&hub_verify_token=t",
      "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%2",
    ])
  func incomplete(_ query: String) {
    #expect(ask(query) == nil)
  }

  @Test("a target without a query is no question")
  func withoutQuery() {
    #expect(Verification(target: "/webhooks/whatsapp") == nil)
  }

  @Test("of a repeated name the first counts")
  func repeated() throws {
    let question = try #require(ask("hub.mode=subscribe&hub.challenge=1&hub.verify_token=good&hub.verify_token=bad&hub.challenge=2"))
    #expect(question == Verification(target: "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=good"))
  }

  @Test("any of several tokens fits, a prefix or an empty one does not")
  func tokens() throws {
    let question = try #require(ask("hub.mode=subscribe&hub.challenge=1&hub.verify_token=secret"))
    let tokens = { (texts: [String]) in texts.map { Array($0.utf8) } }
    #expect(question.matches(tokens(["other", "secret"])))
    #expect(question.matches(tokens(["secret"])))
    #expect(question.matches(tokens(["secre", "secrets", "Secret", ""])) == false)
    #expect(question.matches([]) == false)
  }
}
