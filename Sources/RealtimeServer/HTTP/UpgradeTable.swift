/// The single upgrade decision: {engine paths} × {transport=websocket} is a websocket, everything else is HTTP.
struct UpgradeTable: Sendable {
  /// Who gets a request.
  enum Decision: Equatable {
    /// An upgrade on an engine path.
    case webSocket
    /// An upgrade on an engine path that isn't one, and what the client is told with status 400.
    case refuse(String)
    /// A polling request.
    case polling
    /// A route, or nobody.
    case http
  }

  /// Prefixes, each with a slash at the end.
  let paths: [String]
  /// Whether an upgrade has to name its transport in the query, as Engine.IO does.
  var namesTransport = true

  func decide(path: String, query: String, wantsWebSocket: Bool) -> Decision {
    guard paths.contains(where: { path.utf8.starts(with: $0.utf8) }) else { return .http }
    guard wantsWebSocket else { return .polling }
    guard namesTransport else { return .webSocket }
    switch RequestTarget.lastValue(of: "transport", inQuery: query) {
    case "websocket": return .webSocket
    case "polling": return .refuse("Bad request")
    default: return .refuse("Transport unknown")
    }
  }
}
