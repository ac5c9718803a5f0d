internal import Crypto
internal import Dispatch
internal import HubAuth
internal import HubModel
internal import HubStore
internal import HubTelemetry
internal import OrderedJSON
internal import RealtimeServer
internal import Synchronization

/// Shows the media of stored messages to whoever has a link to them.
final class MediaService: Sendable {
  /// Requests that may wait for the journal; more are refused at once.
  private static let maxWaiting = 256

  private let journal: Journal
  private let uploads: UploadStore
  private let cache: MediaCache
  private let signer: LinkSigner
  private let limit: Int
  private let open: MediaRouting.Opener
  private let metrics: HubMetrics
  private let queue = DispatchQueue(label: "media")
  private let waiting = Atomic<Int>(0)

  init(
    journal: Journal, uploads: UploadStore, cache: MediaCache, signer: LinkSigner, limit: Int, open: @escaping MediaRouting.Opener,
    metrics: HubMetrics
  ) {
    self.journal = journal
    self.uploads = uploads
    self.cache = cache
    self.signer = signer
    self.limit = limit
    self.open = open
    self.metrics = metrics
  }

  func show(_ id: String, _ request: HTTPRequest, _ responder: HTTPResponder) {
    let grant: LinkSigner.Grant
    let now = SystemClock.now() / 1000
    do throws(LinkSigner.Refusal) {
      grant = try signer.grant(request.queryValue("sig") ?? "", for: id, now: now)
    } catch {
      metrics.mediaRequests.with("\(error)").increment()
      let detail = error == .expired ? "the link's time is over" : "the link isn't one of this hub's"
      return responder.respond(.problem(.forbidden, detail, for: request))
    }
    guard waiting.add(1, ordering: .relaxed).oldValue < Self.maxWaiting else {
      waiting.subtract(1, ordering: .relaxed)
      return refuse(.busy, request, responder)
    }
    queue.async { [self] in
      defer { waiting.subtract(1, ordering: .relaxed) }
      let medium: Medium
      do { medium = try Medium(grant, in: journal) } catch {
        let isGone = error is MediaTrouble || (error as? JournalError)?.code == .cursorExpired
        return refuse(isGone ? .notFound : .storage, request, responder)
      }
      let age = max(0, grant.expires - now)
      // What we sent is here still, for a while.
      if let upload = medium.upload.flatMap({ uploads.find($0, tenant: medium.tenant) }) {
        return answer(medium, (upload.path, upload.size), age: age, request, responder)
      }
      cache.get(medium.key) { file in
        open(medium.channel, medium.account, medium.question, limit, file)
      } answer: { [self] result in
        switch result {
        case .success(let found): answer(medium, found, age: age, request, responder)
        case .failure(let trouble): refuse(trouble, request, responder)
        }
      }
    }
  }

  private func answer(_ medium: Medium, _ found: (path: String, size: Int), age: Int64, _ request: HTTPRequest, _ responder: HTTPResponder)
  {
    let tag = "\"\(medium.key)\""
    var fields = MediaFields.fields(mimeType: medium.mimeType, fileName: medium.fileName)
    fields += [("Cache-Control", "private, max-age=\(age), immutable"), ("ETag", tag)]
    if request.header("If-None-Match") == tag {
      metrics.mediaRequests.with("unchanged").increment()
      return responder.respond(HTTPResponse(status: 304, headers: fields))
    }
    var (status, part) = (200, 0..<found.size)
    switch ByteRange(request.header("Range"), size: found.size) {
    case .whole: break
    case .part(let range):
      (status, part) = (206, range)
      fields.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(found.size)"))
    case .unsatisfiable:
      metrics.mediaRequests.with("bad_range").increment()
      var problem = HTTPResponse.problem(.rangeNotSatisfiable, "the medium has \(found.size) bytes", for: request)
      problem.headers.append(("Content-Range", "bytes */\(found.size)"))
      return responder.respond(problem)
    }
    guard let file = HTTPFile(path: found.path, offset: part.lowerBound, length: part.count) else {
      cache.forget(medium.key)
      return refuse(.storage, request, responder)
    }
    metrics.mediaRequests.with("shown").increment()
    metrics.mediaBytes.with("shown").increment(by: UInt64(part.count))
    var response = HTTPResponse(status: status, headers: fields)
    response.file = file
    responder.respond(response)
  }

  private func refuse(_ trouble: MediaTrouble, _ request: HTTPRequest, _ responder: HTTPResponder) {
    metrics.mediaRequests.with(trouble.rawValue).increment()
    switch trouble {
    case .notFound: responder.respond(.problem(.notFound, for: request))
    case .tooLarge: responder.respond(.problem(.notFound, "the medium is larger than media.max_size", for: request))
    case .altered:
      let detail = "what came is not the file that the provider told of: its size or its SHA-256 is another"
      responder.respond(.problem(.mediaUnavailable, detail, for: request, retryAfter: 10))
    case .unavailable, .failed: responder.respond(.problem(.mediaUnavailable, for: request, retryAfter: 10))
    case .busy, .storage: responder.respond(.problem(.overloaded, for: request, retryAfter: 2))
    }
  }
}

/// What is known of a medium from the event that told of it.
private struct Medium: Sendable {
  let channel, account, tenant: String
  /// The upload that was sent.
  let upload: String?
  /// What the channel is asked.
  let question: [UInt8]
  /// Names it on disk and in caches: another one for every content.
  let key: String
  let mimeType, fileName: String?

  /// - Throws: `JournalError` when the event is gone, `MediaTrouble.notFound` when it has no such message.
  init(_ grant: LinkSigner.Grant, in journal: Journal) throws {
    guard grant.sequence > 0, let stored = try journal.events(after: grant.sequence - 1, limit: 1).first, stored.sequence == grant.sequence,
      let event = (try JSONValue(parsing: stored.body)).object
    else { throw MediaTrouble.notFound }
    let candidates = [event["message"], event["conversation"]?["lastMessage"]].compactMap { $0 }
    guard let message = candidates.first(where: { $0["id"]?.string == grant.id }), var media = message["media"]?.object else {
      throw MediaTrouble.notFound
    }
    (channel, account, tenant, upload) = (stored.channel, stored.account, stored.tenant, media["upload"]?.string)
    (mimeType, fileName) = (media["mimeType"]?.string, media["fileName"]?.string)
    key = SHA256.hash(data: Array("\(stored.tenant)\n\(grant.id)\n".utf8) + JSONValue.object(media).serialized())
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    media["message"] = message["providerMessageId"] ?? .null
    media["type"] = message["type"] ?? .null
    media["fromMe"] = .bool(message["direction"]?.string == "outbound")
    let group = try journal.conversation(id: stored.conversation, tenant: stored.tenant)?.group
    let contact = event["contact"]
    let conversation = group ?? contact?["phone"]?.string ?? contact?["userId"]?.string ?? contact?["lid"]?.string
    media["conversation"] = conversation.map { .string($0) } ?? .null
    question = JSONValue.object(media).serialized()
  }
}
