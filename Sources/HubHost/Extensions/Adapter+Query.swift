internal import CHubPlugin
internal import HubAuth
internal import OrderedJSON
internal import RealtimeServer

extension Adapter {
  /// Answers a question on behalf of one of the adapter's sockets: for its tenant, within its narrowing.
  func query(socket text: String, request: [UInt8], token: UInt64) {
    guard owed.begin(token) else { return }
    guard let socket = SocketID(text), let identity = extensions.identity(of: socket) else {
      return answer(token, Status.denied, Array("no such socket".utf8))
    }
    guard let question = try? JSONValue(parsing: request, maxDepth: 32), question.object != nil else {
      return answer(token, Status.invalid, Array("the request is not a JSON object".utf8))
    }
    if let conversation = question["conversation"]?.string, !identity.mayUse(conversation: conversation) {
      return answer(token, Status.denied, Array("not within the token's conversations".utf8))
    }
    // Asked on an event loop, answered by reads of a file.
    let isTaken = extensions.questions.add { [self] in
      services.query(question, identity) { [self] found in
        if let found {
          answer(token, Status.ok, found.serialized())
        } else {
          answer(token, Status.notFound, Array("not found".utf8))
        }
      }
    }
    if !isTaken { answer(token, Status.busy, Array("too many questions at once".utf8)) }
  }
}
