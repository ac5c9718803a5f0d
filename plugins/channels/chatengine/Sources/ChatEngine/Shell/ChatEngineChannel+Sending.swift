public import HubPluginSDK
import OrderedJSON

/// What our side does: looks at conversations, types in them, and, where the operator says how, sends.
extension ChatEngineChannel: HubSendingChannel {
  /// Subscribes what is looked at.
  public func interest(_ interest: HubInterest) {
    link(workspace: interest.account)?.look(at: interest.conversation, count: interest.count)
  }

  /// Passes typing on.
  public func typing(_ typing: HubTyping) { link(workspace: typing.account)?.type(in: typing.conversation, isTyping: typing.isOn) }

  /// Makes the configured request.
  public func send(_ send: HubSend) async throws -> HubOutcome {
    guard let template = configuration.template else {
      throw HubError(.unsupported, "this channel does not send: config.send describes no request")
    }
    guard let account = link(workspace: send.account)?.account else { throw HubError(.invalid, "there is no workspace \(send.account)") }
    let outcome: HubOutcome
    do {
      var request = try template.request(send, of: account)
      request.authority = configuration.authority(for: request.url)
      outcome = template.outcome(try await services.http.send(request))
    } catch let failure as HubHTTPFailure {
      outcome = HubOutcome(failure, isIdempotent: template.isIdempotent)
    }
    counters?.sent(outcome.word)
    return outcome
  }
}
