import Dispatch
import HubModel
import HubPluginSDK
import OrderedJSON
import Synchronization

extension EvolutionChannel {
  /// Above this size a body is parsed off the calling thread, which serves other connections.
  private static let large = 64 * 1024
  private static let background = DispatchQueue(label: "evolution.large-bodies")

  func receive(_ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    guard configuration.checksCredentials else { return process(request, responder) }
    services.secrets(configuration.secrets) { [self] secrets in
      guard secrets.isEmpty == false else { return postpone(responder, "no webhook secret can be read", cause: request.cause) }
      let verdict = Credentials(request, configuration.credentials).verdict(secrets: secrets, nowMs: HubClock.wall())
      guard verdict == .accepted else {
        // The one that cannot be read now may be the one that was meant, and 401 would lose the events.
        if verdict == .wrong, secrets.count < configuration.secrets.count {
          return postpone(responder, "a webhook secret cannot be read", cause: request.cause)
        }
        return refuse(request, responder, verdict)
      }
      process(request, responder)
    }
  }

  private func process(_ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    guard request.body.count > Self.large else { return take(request, responder) }
    Self.background.async { self.take(request, responder) }
  }

  private func take(_ request: HubHTTPRequest, _ responder: HubHTTPResponder) {
    let parser = EnvelopeParser(instances: configuration.instances, receivedMs: HubClock.wall())
    let parsed = request.body.withUnsafeBytes { parser.parse($0) }
    hear(parsed.instance)
    guard parsed.isRefused == false else {
      tell(parsed, cause: request.cause)
      count(.malformed)
      // Evolution never repeats what was answered so; coming again would not help.
      return responder.respond(HubHTTPResponse(status: 400))
    }
    store(parsed, cause: request.cause) { [self] result in
      switch result {
      case .success:
        count(.accepted)
        responder.respond(HubHTTPResponse(status: 200))
      case .failure(let error): postpone(responder, error.description, cause: request.cause)
      }
    }
  }

  /// Before a byte of the body is looked at. Evolution does not repeat what was answered so: a wrong secret loses events.
  private func refuse(_ request: HubHTTPRequest, _ responder: HubHTTPResponder, _ verdict: Credentials.Verdict) {
    count(.badCredentials)
    if notices.withLock({ $0.reports(.badCredentials, nowMs: HubClock.wall()) }) {
      services.log(
        .warning, "webhook refused: bad or missing secret",
        ["reason": .string(verdict.rawValue), "remote": .string(request.remote), "cause": .string(request.cause)])
    }
    responder.respond(HubHTTPResponse(status: 401))
  }

  /// Evolution comes again up to ten times, ever more rarely.
  private func postpone(_ responder: HubHTTPResponder, _ reason: String, cause: String) {
    count(.unavailable)
    if notices.withLock({ $0.reports(.unavailable, nowMs: HubClock.wall()) }) {
      services.log(.error, "requests cannot be taken now", ["reason": .string(reason), "cause": .string(cause)])
    }
    responder.respond(HubHTTPResponse(status: 503, headers: [("Retry-After", "5")]))
  }
}
