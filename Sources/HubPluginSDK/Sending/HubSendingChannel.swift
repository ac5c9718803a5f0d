/// A channel that sends.
///
/// The hub delivers the messages of one conversation one after the other, each once the one before it has its outcome; those of different
/// conversations beside each other. It waits for an outcome up to a deadline; then the task is cancelled and the message's fate is unknown.
/// Throwing is answering: `unsupported` and `invalid` reject, `busy` is tried again, everything else leaves the fate unknown.
public protocol HubSendingChannel: HubAdapter {
  /// Sends a message to the provider.
  func send(_ send: HubSend) async throws -> HubOutcome

  /// Tells the provider that messages were read.
  func markRead(_ read: HubRead) async throws -> HubOutcome

  /// Somebody of ours begins or ends typing. Volatile: do it now or let it be. Must not block.
  func typing(_ typing: HubTyping)

  /// How many look at a conversation now. Volatile, told in order. Must not block.
  func interest(_ interest: HubInterest)
}

extension HubSendingChannel {
  /// Refuses: this channel's provider is not told.
  public func markRead(_ read: HubRead) async throws -> HubOutcome { throw HubError(.unsupported, "this channel does not mark as read") }

  /// Lets it be.
  public func typing(_ typing: HubTyping) {}

  /// Lets it be.
  public func interest(_ interest: HubInterest) {}

  /// Not called: what is delivered comes typed.
  public func deliver(_ event: HubEvent, done: HubDelivery) { done.fail(HubError(.unsupported, "\(event.kind) is not known")) }
}

extension AdapterBox {
  /// Gives a channel what the hub has for it.
  func deliver(_ event: HubEvent, to channel: any HubSendingChannel, done: HubDelivery) {
    do throws(HubError) {
      switch event.kind {
      case "send":
        let send = try HubSend(event)
        attempt(done) { try await channel.send(send) }
      case "read":
        let read = try HubRead(event)
        attempt(done) { try await channel.markRead(read) }
      case "typing":
        channel.typing(try HubTyping(event))
        done.succeed()
      case "interest":
        channel.interest(try HubInterest(event))
        done.succeed()
      default: channel.deliver(event, done: done)
      }
    } catch {
      done.fail(error)
    }
  }

  private func attempt(_ done: HubDelivery, _ body: @escaping @Sendable () async throws -> HubOutcome) {
    task(done.token) {
      do { done.end(try await body()) } catch { done.fail((error as? HubError) ?? HubError(.failed, "\(error)")) }
    }
  }
}
