internal import Dispatch
internal import HubModel
public import HubStore
internal import OrderedJSON
internal import Synchronization

/// Takes messages in, for the API and for the command line alike.
public final class SendService: Sendable {
  /// Puts a message into the outbox; calls back once, from any thread.
  public typealias Accept = @Sendable (OutboundSend, @escaping @Sendable (Result<SendAcceptance, JournalError>) -> Void) -> Void

  /// Marks a conversation as read; calls back once, from any thread.
  public typealias MarkRead = @Sendable (ReadMark, @escaping @Sendable (Result<Void, JournalError>) -> Void) -> Void

  /// Tells a conversation's channel that somebody of ours begins or ends typing.
  public typealias Typing = @Sendable (_ isOn: Bool, ConversationReach) -> Void

  /// Who sends, and what he is narrowed to.
  struct Sender: Sendable {
    /// Nil: whosoever's account fits.
    var tenant: String?
    var mayUseAccount: @Sendable (String) -> Bool = { _ in true }
    var mayUseConversation: @Sendable (String) -> Bool = { _ in true }
    /// Whether he is narrowed to certain conversations, so that a phone without one is none of them.
    var isNarrowed = false
    var cause = ""
    var key: OutboundSend.IdempotencyKey?
  }

  /// What the sender is told.
  enum Answer: Sendable {
    case accepted(JSONValue, isRepeat: Bool)
    case problem(ProblemCode, detail: String? = nil, mistakes: [MemberMistake] = [], retryAfter: Int? = nil)
  }

  /// Messages that may wait for the disk; more are refused at once.
  private static let maxWaiting = 1024

  private let directory: SendDirectory
  private let journal: Journal
  private let provider: @Sendable (String) -> String?
  private let uploads: UploadStore?
  private let accept: Accept
  private let read: MarkRead
  private let type: Typing
  private let waiting = Atomic<Int>(0)
  // Looking up a conversation reads the disk.
  private let queue = DispatchQueue(label: "sends")

  /// - Parameters:
  ///   - provider: the provider's name of a channel; nil when its plugin can't be loaded.
  ///   - uploads: what messages may name; nil: they are not looked up.
  public init(
    directory: SendDirectory, journal: Journal, provider: @escaping @Sendable (String) -> String?, uploads: UploadStore? = nil,
    accept: @escaping Accept, markRead: @escaping MarkRead, typing: @escaping Typing
  ) {
    (self.directory, self.journal, self.provider, self.uploads) = (directory, journal, provider, uploads)
    (self.accept, read, type) = (accept, markRead, typing)
  }

  /// Checks a request and stores its message; calls back once, from any thread.
  func send(_ body: [UInt8], as sender: Sender, answer: @escaping @Sendable (Answer) -> Void) {
    let object: JSONObject
    do throws(RequestObject.Refusal) { object = try RequestObject.parse(body, maxDepth: 32) } catch { return answer(Self.problem(error)) }
    let request: SendRequest
    do throws(SendRequest.Mistakes) { request = try SendRequest(object) } catch {
      return answer(.problem(.invalidMessage, detail: Self.words(error.list), mistakes: error.list))
    }
    later(answer) { [self] in submit(request, as: sender, answer: $0) }
  }

  /// Marks a conversation as read; calls back once, from any thread.
  func markRead(_ id: String, _ body: [UInt8], as sender: Sender, answer: @escaping @Sendable (Answer) -> Void) {
    do throws(RequestObject.Refusal) { _ = try RequestObject.parse(body, knows: [], isOptional: true) } catch {
      return answer(Self.problem(error))
    }
    later(answer) { [self] answer in
      do {
        let place = try place(of: id, channel: nil, account: nil, sender)
        read(ReadMark(tenant: place.tenant, conversation: id, cause: sender.cause)) { result in
          switch result {
          case .success: answer(.accepted(["conversation": .string(id), "unreadCount": 0], isRepeat: false))
          case .failure(let error): answer(Self.problem(error))
          }
        }
      } catch {
        answer(Self.problem(error))
      }
    }
  }

  /// Tells a conversation's channel that somebody of ours begins or ends typing; calls back once, from any thread.
  func typing(_ id: String, _ body: [UInt8], as sender: Sender, answer: @escaping @Sendable (Answer) -> Void) {
    let isOn: Bool
    do throws(RequestObject.Refusal) {
      guard let on = try RequestObject.parse(body, knows: ["on"])["on"]?.bool else {
        throw RequestObject.Refusal([MemberMistake("on", "is neither true nor false")])
      }
      isOn = on
    } catch {
      return answer(Self.problem(error))
    }
    later(answer) { [self] answer in
      do {
        let place = try place(of: id, channel: nil, account: nil, sender)
        if let reach = try journal.reach(of: id, tenant: place.tenant) { type(isOn, reach) }
        answer(.accepted(["conversation": .string(id)], isRepeat: false))
      } catch {
        answer(Self.problem(error))
      }
    }
  }

  /// Does what reads the disk in its turn, if not too much waits for it.
  private func later(
    _ answer: @escaping @Sendable (Answer) -> Void, _ body: @escaping @Sendable (@escaping @Sendable (Answer) -> Void) -> Void
  ) {
    guard waiting.add(1, ordering: .relaxed).oldValue < Self.maxWaiting else {
      waiting.subtract(1, ordering: .relaxed)
      return answer(.problem(.overloaded, retryAfter: 1))
    }
    queue.async { [self] in
      body { [self] in
        waiting.subtract(1, ordering: .relaxed)
        answer($0)
      }
    }
  }

  private func submit(_ request: SendRequest, as sender: Sender, answer: @escaping @Sendable (Answer) -> Void) {
    let place: SendDirectory.Place
    do { place = try self.place(of: request, sender) } catch { return answer(Self.problem(error)) }
    guard let provider = provider(place.channel) else {
      return answer(.problem(.channelUnavailable, detail: "the plugin of \(place.channel) can't be loaded"))
    }
    var send = OutboundSend(
      tenant: place.tenant, channel: place.channel, provider: provider, account: place.account, target: request.target,
      message: request.message, cause: sender.cause, key: sender.key)
    var mistake: MemberMistake?
    do throws(MemberMistake) { send.message = try described(request.message, of: place.tenant) } catch {
      // It may have been accepted before, when the upload was there.
      guard send.key != nil else { return answer(Self.problem(error)) }
      (mistake, send.isRepeatOnly) = (error, true)
    }
    accept(send) { [mistake] result in answer(Self.answer(to: result, place, otherwise: mistake)) }
  }

  /// The message with what is known of the uploads it names, in its media or the header of its interactive part.
  private func described(_ message: JSONObject, of tenant: String) throws(MemberMistake) -> JSONObject {
    var described = message
    if let media = message["media"]?.object {
      described["media"] = .object(try known(media, at: "media", of: tenant))
    }
    if var interactive = message["interactive"]?.object, var header = interactive["header"]?.object, let media = header["media"]?.object {
      header["media"] = .object(try known(media, at: "interactive.header.media", of: tenant))
      interactive["header"] = .object(header)
      described["interactive"] = .object(interactive)
    }
    return described
  }

  /// The media with what is known of its upload, which must be the tenant's; the sender's own words about it stand.
  private func known(_ media: JSONObject, at place: String, of tenant: String) throws(MemberMistake) -> JSONObject {
    guard let uploads, let id = media["upload"]?.string else { return media }
    guard let upload = uploads.find(id, tenant: tenant) else {
      throw MemberMistake("\(place).upload", "there is no such upload, or no more")
    }
    var known = media
    if known["mimeType"] == nil { known["mimeType"] = .string(upload.mimeType) }
    known["size"] = .number(JSONNumber(Int64(upload.size)))
    known["sha256"] = .string(upload.sha256)
    return known
  }

  private struct Refusal: Error {
    let code: ProblemCode
    let detail: String
  }

  /// Where it is sent from. A conversation says so itself.
  private func place(of request: SendRequest, _ sender: Sender) throws -> SendDirectory.Place {
    guard case .conversation(let id) = request.target else {
      if sender.isNarrowed { throw Refusal(code: .forbidden, detail: "to: the token is for certain conversations: name one by its id") }
      return try directory.place(
        tenant: sender.tenant, channel: request.channel, account: request.account, mayUse: sender.mayUseAccount)
    }
    return try place(of: id, channel: request.channel, account: request.account, sender)
  }

  private func place(of id: String, channel: String?, account: String?, _ sender: Sender) throws -> SendDirectory.Place {
    for tenant in sender.tenant.map({ [$0] }) ?? directory.tenants {
      guard let found = try journal.conversation(id: id, tenant: tenant) else { continue }
      guard sender.mayUseConversation(id), sender.mayUseAccount(found.account) else { break }
      if let channel, channel != found.channel {
        throw MemberMistake("channel", "the conversation is on \(found.channel)")
      }
      if let account, account != found.account {
        throw MemberMistake("account", "the conversation is on \(found.account)")
      }
      return try directory.place(tenant: tenant, channel: found.channel, account: found.account)
    }
    throw Refusal(code: .notFound, detail: "there is no such conversation")
  }

  private static func problem(_ error: any Error) -> Answer {
    switch error {
    case let mistake as MemberMistake: .problem(.invalidMessage, detail: words([mistake]), mistakes: [mistake])
    case let refusal as RequestObject.Refusal: .problem(.badRequest, detail: refusal.detail, mistakes: refusal.mistakes)
    case let refusal as Refusal: .problem(refusal.code, detail: refusal.detail)
    case let error as JournalError where error.code == .overloaded: .problem(.overloaded, retryAfter: error.retryAfterSeconds ?? 1)
    case let error as JournalError where error.code == .closed: .problem(.stopping, retryAfter: 5)
    case let error as JournalError: .problem(.journalUnavailable, retryAfter: error.retryAfterSeconds ?? 1)
    default: .problem(.journalUnavailable, retryAfter: 1)
    }
  }

  /// - Parameter mistake: what is wrong with a message that was not accepted before.
  private static func answer(
    to result: Result<SendAcceptance, JournalError>, _ place: SendDirectory.Place, otherwise mistake: MemberMistake?
  ) -> Answer {
    switch result {
    case .failure(let error): return problem(error)
    case .success(.accepted(let send)):
      let answer: JSONObject = [
        "message": (try? JSONValue(parsing: send.message)) ?? .null, "conversation": .string(send.conversation),
        "channel": .string(place.channel), "account": .string(place.account),
      ]
      return .accepted(.object(answer), isRepeat: send.ticket == nil)
    case .success(.refused(.unknownConversation)): return .problem(.notFound, detail: "there is no such conversation")
    case .success(.refused(.unknownMessage(let member))):
      let mistake = MemberMistake(member, "names no message of the conversation")
      return .problem(.invalidMessage, detail: words([mistake]), mistakes: [mistake])
    case .success(.refused(.full)):
      return .problem(.overloaded, detail: "\(place.channel) has as much to send as it may: limits.per_channel.unsent", retryAfter: 60)
    case .success(.refused(.keyReused)): return .problem(.idempotencyKeyReused)
    case .success(.refused(.unknownKey)):
      let mistakes = mistake.map { [$0] } ?? []
      return .problem(.invalidMessage, detail: words(mistakes), mistakes: mistakes)
    }
  }

  private static func words(_ mistakes: [MemberMistake]) -> String {
    mistakes.prefix(5).map { "\($0.member): \($0.reason)" }.joined(separator: "; ")
  }
}
