import Dispatch
import HubModel
import HubPluginSDK
import OrderedJSON
import Synchronization

extension MetaCloudChannel {
  /// Above this size a body is hashed and parsed off the calling thread, which serves other connections.
  private static let large = 64 * 1024
  /// How many events the journal is given at once.
  private static let batch = 1024
  private static let background = DispatchQueue(label: "meta-cloud.large-bodies")

  func verify(_ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    guard let question = Verification(target: request.target) else {
      count(.badRequest)
      return responder.respond(HubHTTPResponse(status: 400))
    }
    services.secrets(configuration.verifyTokens) { [self] tokens in
      guard tokens.isEmpty == false else { return refuse(responder, "no verify token can be read", cause: request.cause) }
      guard question.matches(tokens) else {
        count(.badToken)
        return responder.respond(HubHTTPResponse(status: 403))
      }
      count(.verified)
      // The challenge is a text somebody else chose: no browser may take it for a page.
      let headers = [(name: "Content-Type", value: "text/plain"), (name: "X-Content-Type-Options", value: "nosniff")]
      responder.respond(HubHTTPResponse(status: 200, headers: headers, body: Array(question.challenge.utf8)))
    }
  }

  func receive(_ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    guard configuration.checksSignature else { return process(request, responder) }
    services.secrets(configuration.appSecrets) { [self] secrets in
      guard secrets.isEmpty == false else { return refuse(responder, "no app secret can be read", cause: request.cause) }
      process(request, responder, secrets: secrets)
    }
  }

  private func process(_ request: HubHTTPRequest, _ responder: HubHTTPResponder, secrets: [[UInt8]]? = nil) {
    guard request.body.count > Self.large else { return check(request, responder, secrets: secrets) }
    Self.background.async { self.check(request, responder, secrets: secrets) }
  }

  /// The signature comes before everything else: not a byte of an unsigned body is looked at.
  private func check(_ request: HubHTTPRequest, _ responder: HubHTTPResponder, secrets: [[UInt8]]?) {
    if let secrets, Signature.accepts(header: request.signature, body: request.body, secrets: secrets) == false {
      count(.badSignature)
      if notices.withLock({ $0.reports(.badSignature, nowMs: HubClock.wall()) }) {
        services.log(
          .warning, "webhook refused: bad or missing signature", ["remote": .string(request.remote), "cause": .string(request.cause)])
      }
      return responder.respond(HubHTTPResponse(status: 401))
    }
    let parser = WebhookParser(directory: directory.withLock { $0 }, receivedMs: HubClock.wall())
    let parsed = parser.parse(request.body)
    note(parsed, cause: request.cause)
    guard parsed.events.isEmpty == false else {
      count(parsed.drops[.malformedBody] == nil ? .accepted : .malformed)
      return responder.respond(HubHTTPResponse(status: 200))
    }
    emit(parsed.events[...], request, responder)
  }

  /// Hands the events over a batch at a time, so that a history of thousands neither fills the ingest queue nor is refused for its size
  /// for ever. What an earlier batch stored is known when Meta comes again.
  private func emit(_ events: ArraySlice<ChannelEvent>, _ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    let batch = events.prefix(Self.batch).map { event in
      HubEvent(
        id: event.id, kind: event.kind.rawValue, account: event.account, conversation: event.conversation, cause: request.cause,
        timeMilliseconds: event.timeMs, body: event.body)
    }
    let rest = events.dropFirst(Self.batch)
    services.emit(batch) { [self] result in
      switch result {
      case .success where rest.isEmpty:
        count(.accepted)
        responder.respond(HubHTTPResponse(status: 200))
      case .success: emit(rest, request, responder)
      case .failure(let error): refuse(responder, error.description, cause: request.cause)
      }
    }
  }

  /// Meta comes again, at once and then ever more rarely, for seven days.
  private func refuse(_ responder: HubHTTPResponder, _ reason: String, cause: String) {
    count(.unavailable)
    if notices.withLock({ $0.reports(.unavailable, nowMs: HubClock.wall()) }) {
      services.log(.error, "requests cannot be taken now", ["reason": .string(reason), "cause": .string(cause)])
    }
    responder.respond(HubHTTPResponse(status: 503, headers: [("Retry-After", "5")]))
  }

  private func note(_ parsed: ParsedWebhook, cause: String) {
    counters.withLock { $0 }?.count(parsed)
    if parsed.sightings.isEmpty == false {
      directory.withLock { directory in
        for sighting in parsed.sightings { _ = directory.learn(sighting) }
      }
    }
    for (reason, count) in parsed.drops {
      services.log(
        .warning, "part of a webhook gave no event",
        ["reason": .string(reason.rawValue), "count": .number(JSONNumber(Int64(count))), "cause": .string(cause)])
    }
    guard parsed.unfamiliar.isEmpty == false else { return }
    for name in notices.withLock({ $0.news(in: parsed.unfamiliar) }) {
      services.log(.warning, "a webhook holds a name this version does not know", ["what": .string(name.what), "name": .string(name.name)])
    }
  }
}

extension HubHTTPRequest {
  /// The one signature header; two would leave open which of them was meant.
  var signature: String? {
    let values = values(of: "X-Hub-Signature-256")
    return values.count == 1 ? values[0] : nil
  }
}
