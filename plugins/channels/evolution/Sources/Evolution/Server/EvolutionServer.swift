import HubPluginSDK
import OrderedJSON

/// The server's REST interface.
struct EvolutionServer: Sendable {
  /// The server did not do what it was asked.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  let address: ServerAddress
  let services: HubServices

  /// Makes a call; every status is an answer.
  func answer(to call: RESTCall, cause: String = "") async throws(HubHTTPFailure) -> HubHTTPResponse {
    try await services.http.send(call.request(to: address, cause: cause))
  }

  /// Makes a call that has a document for its answer.
  func document(_ call: RESTCall) async throws -> JSONValue {
    let response = try await answer(to: call)
    guard (200..<300).contains(response.status) else { throw Refusal(description: "the server answered \(response.status)") }
    guard let document = try? JSONValue(parsing: response.body) else { throw Refusal(description: "the server's answer is not JSON") }
    return document
  }

  /// A word such as `open`.
  func state(of instance: String) async throws -> String {
    let document = try await document(RESTCall(get: "/instance/connectionState", instance: instance))
    guard let state = (document["instance"] ?? document)["state"]?.string else { throw Refusal(description: "the answer names no state") }
    return state.lowercased()
  }

  /// A page of messages.
  func messages(_ question: JSONValue, of instance: String) async throws -> JSONValue {
    var call = RESTCall(post: "/chat/findMessages", instance: instance, question.object ?? [:])
    call.maxBody = 64 << 20
    return try await document(call)
  }
}
