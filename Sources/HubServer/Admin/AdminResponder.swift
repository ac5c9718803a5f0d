internal import HTTPTypes
internal import HubModel
internal import HubTelemetry
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// Between Hummingbird and the routes: converts, asks the gate, logs refusals.
struct AdminResponder: HTTPResponder {
  private static let maxBody = 1 << 20

  let gate: AdminGate
  let routes: AdminRoutes
  let logger: Logger

  func respond(to request: Request, context: AdminContext) async throws -> Response {
    let incoming = request
    var request = AdminRequest(request, remote: context.remote)
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
      do {
        if request.method == "POST" { request.body = Array(try await incoming.body.collect(upTo: Self.maxBody).readableBytesView) }
        answer = await routes.outbox?.answer(request) ?? routes.answer(request)
      } catch is NIOTooManyBytesError {
        answer = .problem(.bodyTooLarge, for: request)
      }
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
    let query = Dictionary(request.uri.queryParameters.map { (String($0.key), String($0.value)) }) { $1 }
    self.init(method: request.method.rawValue, path: request.uri.path, query: query, headers: headers, remote: remote, requestID: id)
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
