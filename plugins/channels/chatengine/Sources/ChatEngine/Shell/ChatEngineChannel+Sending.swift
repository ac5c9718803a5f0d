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
    guard let link = link(workspace: send.account) else { throw HubError(.invalid, "there is no workspace \(send.account)") }
    let outcome: HubOutcome
    do {
      var request = try template.request(send, of: link.account)
      request.authority = configuration.authority(for: request.url)
      // First, or what the server says of the message would be said to nobody.
      link.visit(send.conversation)
      outcome = template.outcome(try await services.http.send(request))
    } catch let failure as HubHTTPFailure {
      outcome = HubOutcome(failure, isIdempotent: template.isIdempotent)
    }
    counters?.sent(outcome.word)
    if case .accepted(nil, _) = outcome { tellMissingID(at: template.id.joined(separator: "."), cause: send.cause) }
    return outcome
  }

  /// The message's echo is taken for another message then, and its statuses find nothing.
  private func tellMissingID(at path: String, cause: String) {
    counters?.sentWithoutID(at: path)
    guard reports(.noID) else { return }
    services.log(
      .warning, "an answer to a send holds no id: look at config.send.id", ["path": .string(path), "cause": .string(cause)])
  }
}
