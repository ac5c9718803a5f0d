public import HubPluginSDK
import OrderedJSON
import Synchronization

/// Sending through the server's REST interface. It knows no idempotency: what may have been sent is never sent again by itself.
extension EvolutionChannel: HubSendingChannel {
  /// Sends a message.
  public func send(_ send: HubSend) async throws -> HubOutcome {
    let server = try reachable()
    let call = try send.call(previewsLinks: configuration.previewsLinks)
    let turn = pacer.withLock { $0.turn(of: send.account, nowMs: Int64(HubClock.monotonic()), random: .random(in: 0..<1)) }
    switch turn {
    case .later(let wait): return noted(.retry(afterMilliseconds: wait, scope: .account, code: "paced"))
    case .wait(let wait):
      do {
        if wait > 0 { try await Task.sleep(for: .milliseconds(wait)) }
      } catch {
        return noted(.retry(text: "it was ended before its turn"))
      }
    }
    return noted(await outcome(of: call, at: server, namesMessage: true, cause: send.cause))
  }

  /// Tells the server that messages were read.
  public func markRead(_ read: HubRead) async throws -> HubOutcome {
    noted(await outcome(of: read.call, at: try reachable(), namesMessage: false, cause: read.cause))
  }

  /// Shows that somebody types.
  public func typing(_ typing: HubTyping) {
    guard let server else { return }
    let request = typing.call.request(to: server.address, cause: "")
    services.http.send(request) { [weak self] result in
      guard case .success(let response) = result, (200..<300).contains(response.status) else {
        self?.counters.withLock { $0 }?.countFailedTyping()
        return
      }
    }
  }

  private func reachable() throws(HubError) -> EvolutionServer {
    guard let server else { throw HubError(.unsupported, "config.url is missing: nothing can be sent") }
    return server
  }

  private func outcome(of call: RESTCall, at server: EvolutionServer, namesMessage: Bool, cause: String) async -> HubOutcome {
    do throws(HubHTTPFailure) {
      return HubOutcome(try await server.answer(to: call, cause: cause), namesMessage: namesMessage)
    } catch {
      return HubOutcome(error)
    }
  }

  private func noted(_ outcome: HubOutcome) -> HubOutcome {
    counters.withLock { $0 }?.count(outcome)
    if case .down(let code, let text) = outcome, notices.withLock({ $0.reports(.down, nowMs: HubClock.wall()) }) {
      services.log(.error, "the server takes nothing", ["code": JSONValue(orNull: code), "answer": JSONValue(orNull: text)])
    }
    return outcome
  }
}
