import CHubPlugin

extension HubServices {
  /// Asks, as a channel, to be delivered `interest`: how many look at a conversation, at every change, beginning with what is looked at now.
  public func wantInterest() throws {
    let status = try table("hub.interest/1", as: hub_interest_1.self).pointee.want(host)
    guard status == hub_status.ok else { throw HubError(status: status, "interest was refused") }
  }

  /// Says, as a sink, that a socket looks at a conversation, or no longer. What a socket looks at ends with it. A hub that does not offer this, or
  /// does not grant it, tells no channel.
  public func look(at conversation: String, socket: String, isOn: Bool) {
    guard let table = try? table("hub.interest/1", as: hub_interest_1.self) else { return }
    _ = socket.withHubStr { socket in conversation.withHubStr { table.pointee.look(host, socket, $0, isOn ? 1 : 0) } }
  }

  /// Says, as a sink, that the user of a socket types in a conversation, or has stopped. Its channel is told at once or not at all.
  public func typing(in conversation: String, socket: String, isOn: Bool) {
    guard let table = try? table("hub.interest/1", as: hub_interest_1.self) else { return }
    _ = socket.withHubStr { socket in conversation.withHubStr { table.pointee.typing(host, socket, $0, isOn ? 1 : 0) } }
  }
}
