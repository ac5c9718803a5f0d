internal import HTTPTypes
internal import HubModel
internal import HubTelemetry
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// Between Hummingbird and the routes: converts, asks the gate, logs refusals.
struct AdminResponder: HTTPResponder {
  let gate: AdminGate
  let routes: AdminRoutes
  let logger: Logger

  func respond(to request: Request, context: AdminContext) async throws -> Response {
    let request = AdminRequest(request, remote: context.remote)
    let answer: AdminAnswer
    if let refusal = gate.refusal(request, now: LogLimiter.monotonicClock()) {
      logger.warning(
        "admin request refused",
        metadata: [
          "cause": .string(request.requestID), "remote": .string(request.remote), "path": .string(request.path),
          "status": .stringConvertible(refusal.status),
        ])
      answer = refusal
    } else {
      answer = routes.answer(request)
    }
    let response = Response(answer, requestID: request.requestID)
    return request.method == "HEAD" ? response.createHeadResponse() : response
  }
}

/// What the responder needs to know of a connection.
struct AdminContext: InitializableFromSource {
  let remote: String

  init(source: ApplicationRequestContextSource) {
    remote = source.channel.remoteAddress?.ipAddress ?? ""
  }
}

extension AdminRequest {
  init(_ request: Request, remote: String) {
    var headers = request.headers.map { ($0.name.canonicalName, $0.value) }
    if let authority = request.head.authority { headers.append(("host", authority)) }
    let given = headers.first { $0.0 == "x-request-id" }?.1
    let id = given.flatMap { Cause.isCorrelationID($0) ? $0 : nil } ?? Cause.make(milliseconds: LogOutput.wallClock()).correlationID
    self.init(method: request.method.rawValue, path: request.uri.path, headers: headers, remote: remote, requestID: id)
  }
}

extension Response {
  fileprivate init(_ answer: AdminAnswer, requestID: String) {
    var headers: HTTPFields = [.contentType: answer.contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
    for (name, value) in answer.headers + [("X-Request-Id", requestID)] {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    self.init(status: .init(code: answer.status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
  }
}
