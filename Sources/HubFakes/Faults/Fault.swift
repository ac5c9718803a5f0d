import OrderedJSON

/// One way in which calls go wrong.
struct Fault: Sendable, Equatable {
  /// How the connection ends instead of an answer.
  enum Broken: String, Sendable, CaseIterable {
    /// Closed without a byte.
    case cut
    /// What comes is no HTTP.
    case garbage
    /// Header fields without end.
    case endlessHeaders
    /// Less body than was promised.
    case truncated
  }

  /// What becomes of the body of the provider's own answer.
  enum Tampering: String, Sendable, CaseIterable {
    /// One byte of it is another.
    case altered
    /// It is one byte less.
    case shorter
  }

  /// Which calls: their method, and a part of their path; nil is any.
  var method: String?
  var path: String?
  /// How many calls.
  var count = 1
  /// How many calls of that sort pass first.
  var skip = 0
  /// Whether the call is carried out all the same. With a broken connection that is a lost answer.
  var isProcessed = false
  /// Milliseconds before the answer. A call that is carried out is so at once.
  var delay: Int64 = 0
  var status: Int?
  /// The provider's number for the error.
  var code: Int?
  var text: String?
  /// Seconds, or a date, for the field `Retry-After`.
  var retryAfter: String?
  var broken: Broken?
  /// Where a 302 leads.
  var redirect: String?
  /// The length of an answer of zeros.
  var bodyBytes: Int?

  var body: Tampering?

  /// Whether the answer is another than the provider's own.
  var replacesAnswer: Bool {
    status != nil || code != nil || broken != nil || redirect != nil || bodyBytes != nil || retryAfter != nil || body != nil
  }
}

extension Fault {
  /// What is wrong with a fault that was asked for.
  struct Problem: Error {
    let text: String
  }

  private static let members = [
    "method", "path", "count", "skip", "processed", "delay", "status", "code", "text", "retryAfter", "connection", "redirect", "bodyBytes",
    "body",
  ]

  /// A fault as `POST /_fake/faults` takes it.
  init(_ json: JSONObject) throws(Problem) {
    if let unknown = json.keys.first(where: { !Self.members.contains($0) }) {
      throw Problem(text: "no such member: \(unknown); there are: \(Self.members.joined(separator: ", "))")
    }
    method = json["method"]?.string
    path = json["path"]?.string
    count = json["count"]?.int64.map { Int($0) } ?? 1
    skip = json["skip"]?.int64.map { Int($0) } ?? 0
    isProcessed = json["processed"]?.bool ?? false
    delay = Span.milliseconds(json["delay"]) ?? 0
    status = json["status"]?.int64.map { Int($0) }
    code = json["code"]?.int64.map { Int($0) }
    text = json["text"]?.string
    retryAfter = json["retryAfter"].flatMap { $0.string ?? $0.int64.map { String($0) } }
    redirect = json["redirect"]?.string
    bodyBytes = json["bodyBytes"]?.int64.map { Int($0) }
    if let word = json["connection"]?.string {
      guard let broken = Broken(rawValue: word) else {
        throw Problem(text: "connection is one of \(Broken.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      self.broken = broken
    }
    if let word = json["body"]?.string {
      guard let tampering = Tampering(rawValue: word) else {
        throw Problem(text: "body is one of \(Tampering.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      body = tampering
    }
    if count < 1 || skip < 0 || delay < 0 { throw Problem(text: "count is 1 or more, skip and delay are 0 or more") }
    if let status, !(200...599).contains(status) { throw Problem(text: "status is 200 to 599") }
    if let bodyBytes, !(0...(1 << 30)).contains(bodyBytes) { throw Problem(text: "bodyBytes is at most 1073741824") }
    if replacesAnswer == false, delay == 0 {
      throw Problem(text: "say what goes wrong: \(Self.members.dropFirst(5).joined(separator: ", "))")
    }
  }
}
