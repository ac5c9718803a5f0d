import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import HubPluginSDK

/// A channel that notes what it is given, and answers by the text it is to send.
private final class Noting: HubSendingChannel {
  static let descriptor = HubDescriptor(.channel, name: "noting", version: "1.0.0", summary: "Notes.", configSchema: "{}")
  static let sends = Mutex<[HubSend]>([])
  static let notes = Mutex<[String]>([])

  init(name: String, config: JSONValue, services: HubServices) throws {}
  func start() async throws {}

  func send(_ send: HubSend) async throws -> HubOutcome {
    Self.sends.withLock { $0.append(send) }
    guard case .text(let text, _) = send.content else { throw HubError(.unsupported, "text only") }
    switch text {
    case "later": return .retry(afterMilliseconds: 1500, scope: .account, code: "130429", text: "slow down")
    case "never": return .rejected(code: "131047", text: "window closed")
    case "down": return .down(code: "190", text: "token expired")
    case "lost": throw HubError(.timeout, "no answer")
    case "busy": throw HubError(.busy, "full")
    default: return .accepted(providerMessageID: "wamid.\(text)", recipient: .init(phone: send.recipient.phone, key: send.recipient.key))
    }
  }

  func typing(_ typing: HubTyping) { Self.notes.withLock { $0.append("typing \(typing.isOn) \(typing.lastInbound ?? "-")") } }
  func interest(_ interest: HubInterest) { Self.notes.withLock { $0.append("\(interest.conversation) \(interest.count)") } }
}

/// One test after the other: what the channel notes is kept by its type.
@Suite("Sending through a channel", .serialized)
struct SendingTests {
  private func host() async throws -> FakeHost {
    Noting.sends.withLock { $0 = [] }
    Noting.notes.withLock { $0 = [] }
    let host = FakeHost()
    try host.load(Noting.self, config: [:])
    try await host.start()
    return host
  }

  @Test("every outcome arrives as the channel meant it")
  func outcomes() async throws {
    let host = try await host()
    func text(_ text: String) async -> HubOutcome {
      await host.send(["type": "text", "text": .string(text)], to: .init("5511991230001"), account: "desk")
    }
    #expect(await text("1") == .accepted(providerMessageID: "wamid.1", recipient: .init(phone: "5511991230001", key: "5511991230001")))
    #expect(await text("later") == .retry(afterMilliseconds: 1500, scope: .account, code: "130429", text: "slow down"))
    #expect(await text("never") == .rejected(code: "131047", text: "window closed"))
    #expect(await text("down") == .down(code: "190", text: "token expired"))
    #expect(await text("lost") == .unknown(code: "timeout", text: "no answer"))
    #expect(await text("busy") == .retry(text: "full"))
    #expect(
      await host.send(["type": "image", "media": ["url": "https://cdn.example/a.png"]], account: "desk")
        == .rejected(code: "unsupported", text: "text only"))
    #expect(await host.send(["type": "dance"], account: "desk") == .rejected(code: "unsupported", text: "the type dance is not known"))
    #expect(
      await host.markRead([["providerMessageId": "a"]], account: "desk")
        == .rejected(code: "unsupported", text: "this channel does not mark as read"))
    #expect(host.state.withLock { $0.strays } == 0)
  }

  @Test("a delivery says who, what and the how-manieth attempt it is")
  func delivery() async throws {
    let host = try await host()
    _ = await host.send(
      ["type": "text", "text": "oi", "replyTo": ["providerMessageId": "wamid.A", "fromMe": true, "author": "551199"]],
      to: .init("120363001@g.us", isGroup: true), account: "desk", attempt: 3, reference: "msg_1")
    let send = try #require(Noting.sends.withLock { $0.first })
    #expect(send.attempt == 3 && send.reference == "msg_1" && send.account == "desk" && send.conversation == "120363001@g.us")
    #expect(send.recipient.isGroup && send.recipient.phone == nil && send.content == .text("oi", previewsLinks: nil))
    #expect(send.replyTo?.providerMessageID == "wamid.A" && send.replyTo?.isFromUs == true && send.replyTo?.author == "551199")
  }

  @Test("content of every type is read as it is meant")
  func content() throws {
    func content(_ text: String) throws -> HubContent { try HubContent(try #require(JSONValue(parsing: text).object)) }
    guard
      case .media(let voice) = try content(#"{"type":"audio","voice":true,"media":{"upload":"med_1","mimeType":"audio/ogg","size":9}}"#),
      case .media(let image) = try content(#"{"type":"image","caption":"c","media":{"url":"https://x"}}"#),
      case .location(let place) = try content(#"{"type":"location","location":{"latitude":-23.5,"longitude":-46.6,"name":"Sé"}}"#),
      case .reaction(let reaction) = try content(#"{"type":"reaction","reaction":{"target":"w1","emoji":"👍","fromMe":true}}"#),
      case .reaction(let none) = try content(#"{"type":"reaction","reaction":{"target":"w1","emoji":"👍","removed":true}}"#),
      case .interactive(let list) = try content(
        #"{"type":"interactive","interactive":{"kind":"list","text":"t","button":"b","header":"h","sections":[{"title":"s","rows":[{"id":"1","title":"um"}]}]}}"#
      ),
      case .interactive(let buttons) = try content(
        #"{"type":"interactive","interactive":{"kind":"buttons","text":"t","header":{"type":"image","media":{"id":"9"}},"buttons":[{"id":"1","title":"um"}]}}"#
      )
    else { Issue.record("of another type"); return }
    #expect(voice.source == .upload("med_1") && voice.isVoice && voice.size == 9 && voice.kind == .audio)
    #expect(image.source == .url("https://x") && image.caption == "c")
    #expect(place.latitude == -23.5 && place.name == "Sé")
    #expect(reaction.target.providerMessageID == "w1" && reaction.target.isFromUs && reaction.emoji == "👍" && none.emoji == nil)
    #expect(
      list.header == .text("h")
        && list.form == .list(button: "b", [.init(title: "s", rows: [.init(id: "1", title: "um", description: nil)])]))
    guard case .media(let header)? = buttons.header else { Issue.record("no header"); return }
    #expect(header.source == .provider("9") && header.kind == .image)
    #expect(
      try content(#"{"type":"poll","text":"q","poll":{"options":["a","b"],"selectable":2}}"#)
        == .poll(question: "q", options: ["a", "b"], selectable: 2))
    #expect(throws: HubError(.invalid, "message.text is missing")) { try content(#"{"type":"text"}"#) }
    #expect(throws: HubError(.invalid, "message.media has neither upload nor id nor url")) { try content(#"{"type":"image","media":{}}"#) }
  }

  @Test("typing and interest are told")
  func volatile() async throws {
    let host = try await host()
    await host.typing(true, account: "desk", lastInbound: "w9")
    await host.interest(2, in: "c1", account: "desk")
    #expect(Noting.notes.withLock { $0 } == ["typing true w9", "c1 2"])
  }
}
