import HubModel
import HubStore
import OrderedJSON
import Testing

@testable import HubServer

@Suite("Requests to send")
struct SendRequestTests {
  private func request(_ text: String) throws -> SendRequest { try SendRequest(try #require(JSONValue(parsing: text).object)) }

  /// The members that a request is wrong in.
  private func mistakes(_ text: String) -> [String] {
    do { _ = try request(text) } catch let error as SendRequest.Mistakes { return error.list.map(\.member) } catch { return ["\(error)"] }
    return []
  }

  @Test("a phone is taken in any spelling with its country, a conversation by its id")
  func targets() throws {
    func target(_ to: String) throws -> OutboundSend.Target { try request(#"{"to":"\#(to)","type":"text","text":"x"}"#).target }
    for to in ["5511991230001", "+55 (11) 99123-0001", "0055 11 99123.0001", "55/11/991230001"] {
      #expect(try target(to) == .phone("5511991230001"))
    }
    #expect(try target("cnv_1") == .conversation("cnv_1"))
    for to in ["", "Ana", "55x11991230001", "123456", "1234567890123456", "٥٥١١٩٩١٢٣٠٠٠١"] {
      #expect(mistakes(#"{"to":"\#(to)","type":"text","text":"x"}"#) == ["to"])
    }
  }

  @Test("what is said where is taken out of the message, and null is as nothing")
  func members() throws {
    let request = try request(#"{"channel":"c","account":null,"tenant":"t","to":"5511991230001","type":"text","text":"x","replyTo":null}"#)
    #expect(request.channel == "c" && request.account == nil)
    #expect(request.message == ["type": "text", "text": "x"])
  }

  @Test("every mistake is found at once")
  func all() {
    #expect(
      mistakes(#"{"channel":7,"to":"x","type":"image","media":{"url":"ftp://a","fileName":5,"foo":1},"voice":true}"#)
        == ["channel", "to", "voice", "media.foo", "media.fileName", "media.url"])
    #expect(mistakes(#"{"to":"5511991230001"}"#) == ["type"])
  }

  @Test("lists are bounded and their entries checked")
  func lists() {
    func body(_ interactive: String) -> [String] { mistakes(#"{"to":"5511991230001","type":"interactive","interactive":\#(interactive)}"#) }
    #expect(body(#"{"kind":"buttons","text":"t","buttons":[{"id":"1","title":"a"}]}"#).isEmpty)
    #expect(body(#"{"kind":"buttons","text":"t","buttons":[]}"#) == ["interactive.buttons"])
    #expect(
      body(#"{"kind":"list","text":"t","button":"b","sections":[{"rows":[{"id":"1"}]}]}"#) == ["interactive.sections[0].rows[0].title"])
    #expect(body(#"{"kind":"menu","text":"t"}"#) == ["interactive.kind"])
    #expect(body("[]") == ["interactive"])
  }
}

@Suite("Accounts to send from")
struct SendDirectoryTests {
  private let directory = SendDirectory([
    .init(channel: "meta", account: "1", tenant: "demo"), .init(channel: "meta", account: "2", tenant: "demo"),
    .init(channel: "evo", account: "loja", tenant: "demo"), .init(channel: "evo", account: "other", tenant: "acme"),
  ])

  private func mistake(_ tenant: String?, _ channel: String?, _ account: String?) -> MemberMistake? {
    do throws(MemberMistake) { _ = try directory.place(tenant: tenant, channel: channel, account: account) } catch { return error }
    return nil
  }

  @Test("what there is only one of need not be said")
  func only() throws {
    #expect(try directory.place(tenant: "acme", channel: nil, account: nil).account == "other")
    #expect(try directory.place(tenant: "demo", channel: "evo", account: nil).account == "loja")
    #expect(try directory.place(tenant: "demo", channel: nil, account: "2").channel == "meta")
    #expect(try directory.place(tenant: nil, channel: nil, account: "other").tenant == "acme")
    #expect(try directory.place(tenant: "demo", channel: nil, account: nil) { $0 == "loja" }.channel == "evo")
  }

  @Test("what has to be said is named, with what there is and nothing of others")
  func mistakes() {
    #expect(mistake("demo", nil, nil) == MemberMistake("channel", "say which channel: evo, meta"))
    #expect(mistake("demo", "meta", nil) == MemberMistake("account", "say which account: 1, 2"))
    #expect(mistake("demo", "evo", "other") == MemberMistake("account", "there is no account \"other\", but loja"))
    #expect(mistake("acme", "meta", nil) == MemberMistake("channel", "there is no channel \"meta\" to send with, but evo"))
    #expect(
      mistake("nobody", nil, nil) == MemberMistake("channel", "no channel has an account that the tenant \"nobody\" can send from"))
    #expect(mistake(nil, "evo", nil)?.member == "account")
  }
}
