internal import CHubPlugin
internal import HubAuth
internal import RealtimeServer

extension HostTables {
  static let interest = Table(
    hub_interest_1(
      want: { host in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        guard adapter.description.kind == .channel else { return Status.denied }
        adapter.services.interests.want(adapter)
        return Status.ok
      },
      look: { host, socket, conversation, isOn in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.withSubject(socket.text, conversation) { $0.look($1, at: $2, isOn != 0, within: $3, adapter.services) }
      },
      typing: { host, socket, conversation, isOn in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        return adapter.withSubject(socket.text, conversation) { $0.typing($1, in: $2, isOn != 0, within: $3, adapter.services) }
      }))
}

extension Adapter {
  /// A socket of one of the adapter's namespaces and a conversation that it may see, as far as that can be told without looking the
  /// conversation up, and the accounts that it is narrowed to. The tenant is the socket's.
  fileprivate func withSubject(
    _ socket: String, _ conversation: hub_str, _ body: (Interests, InterestBook.Looker, InterestBook.Subject, Set<String>?) -> Void
  ) -> hub_status {
    guard (1...1024).contains(conversation.len) else { return Status.invalid }
    guard let id = SocketID(socket), let identity = extensions.identity(of: id) else { return Status.denied }
    let name = conversation.text
    guard identity.mayUse(conversation: name) else { return Status.denied }
    let looker = InterestBook.Looker(adapter: spec.id, socket: socket)
    body(services.interests, looker, InterestBook.Subject(tenant: identity.tenant, conversation: name), identity.accounts)
    // One that left meanwhile may have been forgotten before it was noted.
    if extensions.identity(of: id) == nil { services.interests.gone(looker, within: identity.accounts, services) }
    return Status.ok
  }
}
