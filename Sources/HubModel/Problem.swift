public import OrderedJSON

/// An error answer as `application/problem+json` (RFC 9457) with the hub's stable `code`.
public struct Problem: Sendable, Hashable {
  /// The `Content-Type` of `body`.
  public static let contentType = "application/problem+json"

  /// What happened.
  public let code: ProblemCode
  /// What about this request; never anything of a key or another tenant.
  public let detail: String?
  /// The correlation id of the response.
  public let requestID: String?

  /// A problem.
  public init(_ code: ProblemCode, detail: String? = nil, requestID: String? = nil) {
    self.code = code
    self.detail = detail
    self.requestID = requestID
  }

  /// The HTTP status.
  public var status: Int { code.status }

  /// The body's members: title, status, code, and detail and requestId when there are any.
  public var json: JSONValue {
    var members: JSONObject = [
      "title": .string(code.title), "status": .number(JSONNumber(Int64(code.status))), "code": .string(code.rawValue),
    ]
    if let detail { members["detail"] = .string(detail) }
    if let requestID { members["requestId"] = .string(requestID) }
    return .object(members)
  }

  /// The body.
  public var body: [UInt8] { json.serialized() }
}
