internal import HubModel
internal import RealtimeServer

extension HTTPResponse {
  /// A problem as the answer to a request, which it names.
  static func problem(_ code: ProblemCode, _ detail: String? = nil, for request: HTTPRequest, retryAfter: Int? = nil) -> HTTPResponse {
    .problem(Problem(code, detail: detail, requestID: request.requestID), retryAfter: retryAfter)
  }

  /// A problem as an answer.
  static func problem(_ problem: Problem, retryAfter: Int? = nil) -> HTTPResponse {
    var headers = [("Cache-Control", "no-store")]
    if problem.status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    if let retryAfter { headers.append(("Retry-After", "\(retryAfter)")) }
    return HTTPResponse(status: problem.status, contentType: Problem.contentType, headers: headers, bytes: problem.body)
  }
}
