public import HubPluginSDK
import OrderedJSON
import Synchronization

extension SocketIOSink {
  /// Lets a verified client in: the rooms follow from its identity alone.
  public func connect(_ connect: HubConnect, answer: HubConnectAnswer) {
    let identity = connect.identity
    if let wanted = connect.wantedDialect, wanted != config.dialect.name {
      services.log(.info, "Client refused", connect.fields(["reason": "dialect", "dialect": .string(wanted)]))
      return answer.refuse("this namespace speaks \(config.dialect.name)", data: ["code": .string(Refusal.badRequest.rawValue)])
    }
    let rights = Rights(claims: identity.claims)
    let rooms = rights.rooms(tenant: identity.tenant, user: identity.user)
    guard rooms.count <= Rights.limit else {
      services.log(.warning, "Client refused", connect.fields(["reason": "claims", "rooms": .number(JSONNumber(Int64(rooms.count)))]))
      return answer.refuse("the token names too many conversations or accounts", data: ["code": .string(Refusal.badRequest.rawValue)])
    }
    let session = Sessions.Session(tenant: identity.tenant, user: identity.user, rights: rights)
    // Before accept: the first command may come at once.
    changeSessions { state in
      state.sessions.add(connect.socket, session)
      state.mayReturn = config.recoversSockets
    }
    answer.accept(rooms: rooms)
    services.log(.info, "Client connected", connect.fields(["namespace": .string(config.namespace)]))
  }

  /// Forgets a socket; the others learn that it types no more.
  public func disconnected(namespace: UInt32, socket: String, reason: String) {
    let (session, places) = changeSessions { ($0.sessions.remove(socket), $0.typing.gone(socket)) }
    guard let session else { return }
    for place in places { tell(place, isTyping: false, session: session) }
    services.log(
      .debug, "Client disconnected",
      ["socket": .string(socket), "tenant": .string(session.tenant), "user": .string(session.user), "reason": .string(reason)])
  }
}

extension HubConnect {
  /// The dialect a client asks for: `auth.dialect`, else the query's `dialect` (dialects.md 8.1).
  var wantedDialect: String? {
    if let word = auth["dialect"]?.string { return word }
    let pair = query.split(separator: "&").last { $0.hasPrefix("dialect=") }
    return pair.map { String($0.dropFirst("dialect=".count)) }
  }

  fileprivate func fields(_ more: JSONObject) -> JSONObject {
    var fields: JSONObject = [
      "socket": .string(socket), "tenant": .string(identity.tenant), "user": .string(identity.user), "remote": .string(remote),
    ]
    for member in more { fields.append(member.key, member.value) }
    return fields
  }
}
