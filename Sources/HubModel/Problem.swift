public import OrderedJSON

/// An error answer as `application/problem+json` (RFC 9457) with the hub's stable `code`.
public struct Problem: Sendable, Hashable {
  /// The `Content-Type` of `body`.
  public static let contentType = "application/problem+json"

  /// What happened.
  public let code: ProblemCode
  /// What about this request; never anything of a key or another tenant.
  public let detail: String?
  /// What is wrong with single members of the request, all at once.
  public let mistakes: [MemberMistake]
  /// The correlation id of the response.
  public let requestID: String?

  /// A problem.
  public init(_ code: ProblemCode, detail: String? = nil, mistakes: [MemberMistake] = [], requestID: String? = nil) {
    self.code = code
    self.detail = detail
    self.mistakes = mistakes
    self.requestID = requestID
  }

  /// The HTTP status.
  public var status: Int { code.status }

  /// The body's members: title, status, code, and detail, errors and requestId when there are any.
  public var json: JSONValue {
    var members: JSONObject = [
      "title": .string(code.title), "status": .number(JSONNumber(Int64(code.status))), "code": .string(code.rawValue),
    ]
    if let detail { members["detail"] = .string(detail) }
    if !mistakes.isEmpty { members["errors"] = .array(mistakes.map { ["member": .string($0.member), "reason": .string($0.reason)] }) }
    if let requestID { members["requestId"] = .string(requestID) }
    return .object(members)
  }

  /// The body.
  public var body: [UInt8] { json.serialized() }
}

/// What is wrong with one member of a request.
public struct MemberMistake: Error, Sendable, Hashable {
  /// Its path, as in `media.url`.
  public let member: String
  /// For whoever wrote it.
  public let reason: String

  /// A mistake.
  public init(_ member: String, _ reason: String) { (self.member, self.reason) = (member, reason) }
}
