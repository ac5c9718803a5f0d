import HubPluginSDK
import HubTesting
import OrderedJSON
import Synchronization
import Testing

@testable import MetaCloud

extension SendingTests {
  private static func image(_ size: Int64? = 3) -> JSONObject {
    var media: JSONObject = ["upload": "med_1", "mimeType": "image/png"]
    if let size { media.append("size", .number(JSONNumber(size))) }
    return ["type": "image", "media": .object(media)]
  }

  private func uploads(_ host: FakeHost) -> Int { requests(host).count { $0.url.hasSuffix("/media") } }

  /// Begins a send, and lets its wait for the file be over once the file is under way.
  private func outlasts(_ host: FakeHost) async -> HubOutcome {
    let timers = host.state.withLock { $0.timers.count }
    async let outcome = host.send(Self.image(), account: Self.account)
    while host.state.withLock({ $0.heldOutbound == 0 || $0.timers.count == timers }) { await Task.yield() }
    host.fireTimer()
    return await outcome
  }

  // MARK: What counts

  @Test("waits for a rate do not use up the attempts that a temporary refusal has")
  func ratesDoNotCount() async throws {
    let answers = Mutex<[FakeHost.OutboundAnswer]>([])
    let host = try await host { _ in answers.withLock { $0.removeFirst() } }
    answers.withLock { $0 = Array(repeating: Self.refusal(130_429), count: 9) + Array(repeating: Self.refusal(131_000), count: 4) }
    var words: [String] = []
    for attempt in 1...13 { words.append(Self.word(await host.send(Self.text, account: Self.account, attempt: attempt))) }
    #expect(words == Array(repeating: "retry", count: 12) + ["rejected"])
  }

  @Test("a message that was given up and is sent again on request has all its attempts again")
  func beginsAnew() async throws {
    let host = try await host { _ in Self.refusal(131_000) }
    for attempt in 1...8 {
      #expect(Self.word(await host.send(Self.text, account: Self.account, attempt: attempt)) == (attempt % 4 == 0 ? "rejected" : "retry"))
    }
  }

  @Test("each message has attempts of its own")
  func countsEach() async throws {
    let host = try await host { _ in Self.refusal(131_000) }
    for number in 1...6 {
      #expect(Self.word(await host.send(Self.text, account: Self.account, reference: "msg_\(number)")) == "retry")
    }
  }

  @Test("a file that gets lost again and again is given up with what was in the way; one that could not even be sent is not")
  func lostFilesEnd() async throws {
    let host = try await host { _ in .failure(.failed, wasWritten: false, "refused") }
    for _ in 0..<20 { #expect(Self.word(await host.send(Self.image(), account: Self.account)) == "retry") }
    host.state.withLock { $0.outbound = { _ in .response(HubHTTPResponse(status: 502)) } }
    var words: [String] = []
    for _ in 0..<AnswerReader.fileAttempts { words.append(Self.word(await host.send(Self.image(), account: Self.account))) }
    #expect(words == Array(repeating: "retry", count: AnswerReader.fileAttempts - 1) + ["rejected"])
  }

  @Test("what many messages were tried for is kept within bounds")
  func failuresAreBounded() {
    var failures = Failures()
    let verdict = Verdict(outcome: .retry(), failure: .temporary)
    for number in 0..<(Failures.limit + 10) { failures.note(verdict, .message, of: "\(number)") }
    #expect(failures.counts(of: "0") == [:] && failures.counts(of: "\(Failures.limit + 9)") == [.temporary: 1])
    failures.note(Verdict(outcome: .accepted(providerMessageID: "1")), .upload, of: "\(Failures.limit + 9)")
    #expect(failures.counts(of: "\(Failures.limit + 9)") == [.temporary: 1], "the message is not sent yet")
    failures.note(Verdict(outcome: .accepted(providerMessageID: "1")), .message, of: "\(Failures.limit + 9)")
    #expect(failures.counts(of: "\(Failures.limit + 9)") == [:])
  }

  // MARK: Large files

  @Test(
    "a large file gets more time than a small one", arguments: [(3, 30_000), (100 << 20, 430_000), (nil, 600_000)] as [(Int64?, UInt32)])
  func timeouts(_ size: Int64?, _ milliseconds: UInt32) async throws {
    let host = try await host()
    var document = Self.image(size)
    document["type"] = "document"
    #expect(Self.word(await host.send(document, account: Self.account)) == "accepted")
    #expect(requests(host).map(\.timeout) == [milliseconds, 20_000])
  }

  @Test("a file that takes longer than an attempt goes on, and a later attempt sends the message with it")
  func goesOn() async throws {
    let host = try await host { $0.url.hasSuffix("/media") ? .held : Self.takes($0) }
    for _ in 0..<2 {
      #expect(await outlasts(host) == .retry(afterMilliseconds: 1000, code: "uploading", text: "the file is on its way"))
    }
    host.answerOutbound(.json(["id": "771029384756001"]))
    while host.state.withLock({ $0.values.isEmpty }) { await Task.yield() }
    #expect(Self.word(await host.send(Self.image(), account: Self.account)) == "accepted")
    #expect(uploads(host) == 1)
  }

  @Test("an attempt that waits for its file is sent as soon as it is there")
  func waits() async throws {
    let host = try await host { $0.url.hasSuffix("/media") ? .held : Self.takes($0) }
    async let one = host.send(Self.image(), account: Self.account, reference: "msg_1")
    async let other = host.send(Self.image(), to: .init("5511991230002"), account: Self.account, reference: "msg_2")
    while host.state.withLock({ $0.heldOutbound == 0 || $0.timers.count < 2 }) { await Task.yield() }
    host.answerOutbound(.json(["id": "771029384756001"]))
    #expect(await [Self.word(one), Self.word(other)] == ["accepted", "accepted"])
    #expect(uploads(host) == 1, "one file, under way once")
  }

  @Test("large files on their way leave what needs none of their number room, and the line")
  func patience() async throws {
    let host = try await host { $0.url.hasSuffix("/media") ? .held : Self.takes($0) }
    let (count, most) = (2 * UploadsUnderWay.most, UploadsUnderWay.most)
    let outcomes = await withTaskGroup(of: HubOutcome.self) { group in
      for number in 0..<count {
        var image = Self.image()
        image["media"] = ["upload": .string("med_\(number)"), "mimeType": "image/jpeg"]
        group.addTask { [image] in await host.send(image, account: Self.account, reference: "msg_\(number)") }
      }
      var outcomes: [HubOutcome] = []
      for await outcome in group {
        outcomes.append(outcome)
        guard outcomes.count == count - most else { continue }
        // Those that did not wait have their outcome, and no file of theirs takes the line from the others.
        while host.state.withLock({ $0.heldOutbound < most }) { await Task.yield() }
        #expect(outcomes.allSatisfy { $0 == .retry(code: "uploading", text: "many files are on their way already") })
        #expect(Self.word(await host.send(Self.text, account: Self.account)) == "accepted")
        for _ in 0..<most { host.answerOutbound(.json(["id": "771029384756001"])) }
      }
      return outcomes
    }
    #expect(outcomes.suffix(most).map(Self.word) == Array(repeating: "accepted", count: most))
    #expect(uploads(host) == most)
    async let again = host.send(Self.image(), account: Self.account)
    while host.state.withLock({ $0.heldOutbound == 0 }) { await Task.yield() }
    host.answerOutbound(.json(["id": "771029384756002"]))
    #expect(await Self.word(again) == "accepted", "there is room for the next")
  }

  @Test("a file that is refused while no attempt waits is told to the next one")
  func refusedMeanwhile() async throws {
    let host = try await host { $0.url.hasSuffix("/media") ? .held : Self.takes($0) }
    _ = await outlasts(host)
    host.answerOutbound(Self.refusal(131_053))
    while host.metric("meta_attempts_total", "upload", "rejected") < 1 { await Task.yield() }
    #expect(await host.send(Self.image(), account: Self.account) == .rejected(code: "131053", text: "why not"))
    #expect(uploads(host) == 1 && requests(host).count == 1)
  }
}
