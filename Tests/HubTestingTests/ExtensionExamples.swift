import HubPluginSDK
import OrderedJSON

/// A help desk as a channel: the examples of docs/extensions.md in one adapter.
final class Desk: HubSendingChannel {
  static let descriptor = HubDescriptor(
    .channel, name: "desk", version: "1.0.0", summary: "A help desk.", configSchema: "{}",
    needs: ["hub.http-client/1", "hub.kv/1", "hub.upstream-socket/1"])

  let services: HubServices
  let url: String
  let token: String

  init(name: String, config: JSONValue, services: HubServices) throws {
    guard let url = config["url"]?.string, let token = config["token"]?.string else { throw HubError(.invalid, "url and token") }
    (self.services, self.url, self.token) = (services, url, token)
  }

  func start() async throws {
    try connect(from: try await position() ?? "0")
    try services.wantInterest()
  }
}

// MARK: hub.http-client/1

extension Desk {
  func send(_ send: HubSend) async throws -> HubOutcome {
    guard case .text(let text, _) = send.content else { throw HubError(.unsupported, "text only") }
    let body: JSONValue = ["text": .string(text), "reference": .string(send.reference)]
    var request = HubOutboundRequest(
      "POST", "\(url)/rooms/\(HubOutboundRequest.encoded(send.conversation))", contentType: "application/json", body: body.serialized())
    request.headers.append(("Authorization", "Bearer \(token)"))
    request.timeout = .seconds(20)
    request.cause = send.cause
    do throws(HubHTTPFailure) {
      return read(try await services.http.send(request))
    } catch {
      return HubOutcome(error)
    }
  }

  private func read(_ answer: HubHTTPResponse) -> HubOutcome {
    switch answer.status {
    case 200..<300: .accepted(providerMessageID: (try? JSONValue(parsing: answer.body))?["id"]?.string)
    case 401: .down(code: "401", text: "the desk refuses the token")
    case 429: .retry(afterMilliseconds: answer.retryAfter, scope: .account, code: "429")
    case 400..<500: .rejected(code: "\(answer.status)", text: "the desk refuses the message")
    default: .unknown(code: "\(answer.status)")
    }
  }
}

// MARK: hub.kv/1

extension Desk {
  func position() async throws -> String? {
    try await services.values.get("position").map { String(decoding: $0, as: UTF8.self) }
  }

  func keep(position: String) async throws {
    try await services.values.put(Array(position.utf8), for: "position", lifetime: .seconds(30 * 86_400))
  }
}

// MARK: hub.media/1

extension Desk: HubMediaSource {
  func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    guard let place = request.media["url"]?.string else { return answer.fail(HubError(.notFound, "the message has no file")) }
    var fetch = HubOutboundRequest("GET", place)
    // The address came with a message, from whoever wrote it.
    fetch.isForeign = true
    answer.fetch(fetch)
  }
}

// MARK: hub.upstream-socket/1

extension Desk: HubUpstreamHandler {
  func connect(from position: String) throws {
    var options = HubUpstreamOptions(url: url, namespaces: [.init("/agents", auth: ["token": .string(token)], account: "*")])
    options.query = [("since", position)]
    try services.openUpstream(options, id: 1)
  }

  func changed(_ change: HubUpstreamChange, upstream: UInt32) {
    if case .refused(let namespace, let message, _, _) = change {
      services.log(.warning, "the desk refuses", ["namespace": .string(namespace), "reason": .string(message)])
    }
  }

  func event(_ event: HubUpstreamEvent, done: HubUpstreamDone) {
    let argument = (try? JSONValue(parsing: event.arguments))?[0]
    if event.name == "position", let position = argument?.string {
      Task {
        do { try await keep(position: position) } catch { return done.fail((error as? HubError) ?? HubError(.failed, "\(error)")) }
        done()
      }
      return
    }
    guard event.name == "message", let message = argument, let id = message["id"]?.string else { return done() }
    let body: JSONValue = ["message": ["type": "text", "text": message["text"] ?? "", "direction": "inbound"]]
    let emitted = HubEvent(
      id: id, kind: "message.created", account: "desk", conversation: message["room"]?.string ?? "", cause: event.cause,
      timeMilliseconds: HubClock.wall(), body: body.serialized())
    services.emit([emitted]) { result in
      switch result {
      case .success: done()
      case .failure(let error): done.fail(error)
      }
    }
  }
}

// MARK: hub.interest/1

extension Desk {
  func interest(_ interest: HubInterest) {
    let argument = JSONValue.array([.string(interest.conversation)]).serialized()
    let event = interest.count > 0 ? "watch" : "unwatch"
    do throws(HubError) {
      try services.send(upstream: 1, namespace: "/agents", event, arguments: argument)
    } catch {
      services.log(.info, "the desk is away", ["reason": .string(error.description)])
    }
  }

  func typing(_ typing: HubTyping) {
    let argument: JSONValue = [["room": .string(typing.conversation), "on": .bool(typing.isOn)]]
    try? services.send(upstream: 1, namespace: "/agents", "typing", arguments: argument.serialized())
  }
}
