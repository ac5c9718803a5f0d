internal import HubModel
public import HubStore
internal import OrderedJSON

/// The outbox for operators: `/admin/v1/outbox`, and `/admin/v1/send` for `hub send`.
public struct OutboxRoutes: Sendable {
  /// What the answer is made of.
  public struct Desk: Sendable {
    /// Rows that are not done, oldest first.
    public var list: @Sendable (_ dead: Bool, _ channel: String?, _ limit: Int) throws -> [OutboxEntry]
    /// The ids of all rows that may be meant, oldest first; of one channel, or of all.
    public var ids: @Sendable (_ scope: OutboxScope, _ channel: String?) throws -> [String]
    /// How many there are of each state.
    public var depths: @Sendable () throws -> [OutboxDepth]
    /// Sends rows again, or at once; answers those it concerns.
    public var retry: @Sendable ([String]) async throws -> [String]
    /// Gives rows up; answers those it concerns.
    public var drop: @Sendable ([String]) async throws -> [String]

    /// A desk of these.
    public init(
      list: @escaping @Sendable (Bool, String?, Int) throws -> [OutboxEntry],
      ids: @escaping @Sendable (OutboxScope, String?) throws -> [String], depths: @escaping @Sendable () throws -> [OutboxDepth],
      retry: @escaping @Sendable ([String]) async throws -> [String], drop: @escaping @Sendable ([String]) async throws -> [String]
    ) {
      (self.list, self.ids, self.depths, self.retry, self.drop) = (list, ids, depths, retry, drop)
    }
  }

  /// Below this path is what the operator alone may see.
  static let path = "/admin/v1/outbox"
  static let sendPath = "/admin/v1/send"
  private static let standardLimit = 100
  private static let maxLimit = 10_000
  /// Rows changed in one transaction, so that messages that come meanwhile never wait long.
  private static let batch = 500

  private let desk: Desk
  private let sends: SendService

  /// The routes.
  public init(desk: Desk, sends: SendService) { (self.desk, self.sends) = (desk, sends) }

  /// The answer; nil when the path is another's.
  func answer(_ request: AdminRequest) async -> AdminAnswer? {
    let methods = [Self.path: "GET", Self.path + "/retry": "POST", Self.path + "/drop": "POST", Self.sendPath: "POST"]
    guard let allowed = methods[request.path] else { return nil }
    guard request.method == allowed || (request.method == "HEAD" && allowed == "GET") else {
      var answer = AdminAnswer.problem(.methodNotAllowed, for: request)
      answer.headers = [("Allow", allowed == "GET" ? "GET, HEAD" : allowed)]
      return answer
    }
    do {
      switch request.path {
      case Self.path: return try list(request)
      case Self.path + "/retry": return try await change(request, all: .stuck, desk.retry)
      case Self.path + "/drop": return try await change(request, all: .idle, desk.drop)
      default: return await send(request)
      }
    } catch let error as JournalError {
      return .problem(.journalUnavailable, error.message, for: request)
    } catch {
      return .problem(.internalError, "\(error)", for: request)
    }
  }

  private func list(_ request: AdminRequest) throws -> AdminAnswer {
    let limit = min(request.query["limit"].flatMap(Int.init) ?? Self.standardLimit, Self.maxLimit)
    guard limit > 0 else { return .problem(.badRequest, "limit is not a number from 1", for: request) }
    let entries = try desk.list(request.query["dead"] == "true", request.query["channel"], limit)
    let counts = try desk.depths().map { ($0.state, JSONValue.number(JSONNumber(Int64($0.count)))) }
    return .json(["items": .array(entries.map(\.json)), "counts": .object(JSONObject(counts))])
  }

  /// `{"ids": […]}`, or `{"dead": true, "channel"?: …}` for every dead letter, or `{"all": true, "channel"?: …}`.
  private func change(
    _ request: AdminRequest, all scope: OutboxScope, _ body: ([String]) async throws -> [String]
  ) async throws -> AdminAnswer {
    let choice: Choice
    do throws(RequestObject.Refusal) { choice = try Choice(request.body, all: scope) } catch {
      return .problem(Problem(.badRequest, detail: error.detail, mistakes: error.mistakes, requestID: request.requestID))
    }
    let ids: [String]
    switch choice {
    case .named(let named): ids = named
    case .every(let scope, let channel): ids = try desk.ids(scope, channel)
    }
    let (changed, problem) = try await Self.inBatches(ids, body)
    var left: [String] = []
    // What went on by itself meanwhile is nothing that somebody asked for by its name.
    if case .named = choice {
      let done = Set(changed)
      left = ids.filter { !done.contains($0) }
    }
    var answer: JSONObject = ["ids": .array(changed.map { .string($0) }), "left": .array(left.map { .string($0) })]
    if let problem { answer.append("problem", .string(problem)) }
    return .json(.object(answer))
  }

  /// Does something to rows, some at a time. What was done cannot be taken back: a failure after that is told beside it, with nothing more done.
  static func inBatches(
    _ ids: [String], of size: Int = batch, _ body: ([String]) async throws -> [String]
  ) async throws -> (changed: [String], problem: String?) {
    var changed: [String] = []
    for start in stride(from: 0, to: ids.count, by: size) {
      do {
        changed += try await body(Array(ids[start..<min(start + size, ids.count)]))
      } catch let error as JournalError where !changed.isEmpty {
        return (changed, error.message)
      }
    }
    return (changed, nil)
  }

  /// Which rows a command is about.
  private enum Choice {
    case named([String])
    case every(OutboxScope, channel: String?)

    init(_ body: [UInt8], all scope: OutboxScope) throws(RequestObject.Refusal) {
      let object = try RequestObject.parse(body, knows: ["ids", "dead", "all", "channel"], maxValues: 50_000)
      let (dead, all) = (object["dead"]?.bool == true, object["all"]?.bool == true)
      guard [object["ids"] != nil, dead, all].count(where: { $0 }) == 1 else {
        throw RequestObject.Refusal("give one of: ids, dead: true, all: true")
      }
      if let list = object["ids"] {
        guard let ids = list.array?.compactMap(\.string), ids.count == list.array?.count else {
          throw RequestObject.Refusal([MemberMistake("ids", "is not a list of texts")])
        }
        guard object["channel"] == nil else { throw RequestObject.Refusal([MemberMistake("channel", "is for dead and all")]) }
        self = .named(ids)
      } else {
        if let channel = object["channel"], channel.string == nil {
          throw RequestObject.Refusal([MemberMistake("channel", "is not a text")])
        }
        self = .every(all ? scope : .dead, channel: object["channel"]?.string)
      }
    }
  }

  private func send(_ request: AdminRequest) async -> AdminAnswer {
    var sender = SendService.Sender(tenant: (try? JSONValue(parsing: request.body))?["tenant"]?.string)
    sender.cause = request.requestID
    let answer = await withCheckedContinuation { continuation in
      sends.send(request.body, as: sender) { continuation.resume(returning: $0) }
    }
    switch answer {
    case .accepted(let json, _): return .json(json, status: 202)
    case .problem(let code, let detail, let mistakes, let retryAfter):
      var answer = AdminAnswer.problem(Problem(code, detail: detail, mistakes: mistakes, requestID: request.requestID))
      answer.headers = retryAfter.map { [("Retry-After", "\($0)")] } ?? []
      return answer
    }
  }
}

extension OutboxEntry {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "id": .string(id), "kind": .string(kind.rawValue), "state": .string(state.name), "type": .string(type), "tenant": .string(tenant),
      "channel": .string(channel), "account": .string(account), "conversation": .string(conversation),
      "attempts": .number(JSONNumber(Int64(attempts))), "acceptedAt": .string(Timestamp(milliseconds: acceptedMs).iso8601),
    ]
    switch state {
    case .inFlight(_, let since): object.append("since", .string(Timestamp(milliseconds: since).iso8601))
    case .waiting(let until, _): object.append("nextAttemptAt", .string(Timestamp(milliseconds: until).iso8601))
    case .queued, .done, .dead: break
    }
    if !code.isEmpty { object.append("code", .string(code)) }
    if !text.isEmpty { object.append("text", .string(text)) }
    return .object(object)
  }
}
