internal import HubModel
internal import OrderedJSON

/// A request to the admin listener.
struct AdminRequest: Sendable {
  let method: String
  let path: String
  /// The query, decoded.
  var query: [String: String] = [:]
  let headers: [(String, String)]
  /// The peer without port; empty on a unix socket.
  let remote: String
  let requestID: String
  /// Complete; of a command only.
  var body: [UInt8] = []

  func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name }?.1 }
}

/// An answer of the admin listener.
struct AdminAnswer: Sendable {
  let status: Int
  let contentType: String
  let body: [UInt8]
  var headers: [(String, String)] = []

  static func json(_ value: JSONValue, status: Int = 200) -> AdminAnswer {
    AdminAnswer(status: status, contentType: "application/json", body: value.serialized() + [UInt8(ascii: "\n")])
  }

  static func problem(_ code: ProblemCode, _ detail: String? = nil, for request: AdminRequest) -> AdminAnswer {
    problem(Problem(code, detail: detail, requestID: request.requestID))
  }

  static func problem(_ problem: Problem) -> AdminAnswer {
    AdminAnswer(status: problem.status, contentType: Problem.contentType, body: problem.body)
  }
}
