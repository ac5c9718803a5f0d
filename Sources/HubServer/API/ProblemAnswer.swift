internal import HubModel
internal import RealtimeServer

extension HTTPResponse {
  /// A problem as the answer to a request, which it names.
  static func problem(_ code: ProblemCode, _ detail: String? = nil, for request: HTTPRequest, retryAfter: Int? = nil) -> HTTPResponse {
    let problem = Problem(code, detail: detail, requestID: request.requestID)
    var headers = [("Cache-Control", "no-store")]
    if problem.status == 401 { headers.append(("WWW-Authenticate", "Bearer")) }
    if let retryAfter { headers.append(("Retry-After", "\(retryAfter)")) }
    return HTTPResponse(status: problem.status, contentType: Problem.contentType, headers: headers, bytes: problem.body)
  }
}
