internal import UpstreamSocket

/// How a connection and its namespaces stand, from what was told of them.
struct UpstreamStanding: Sendable {
  /// After so many failures in a row a namespace counts as down.
  static let patience = 5
  /// What a server says of a namespace that does not exist, or not yet: nothing is wrong, it has to be asked again.
  static let absence = "Invalid namespace"

  /// The state of one namespace, as `channel.state` tells it.
  struct State: Sendable, Hashable {
    /// `connected`, `connecting`, `disconnected`.
    var word: String
    /// Nil when it is connected, or nothing went wrong yet.
    var reason: String?
  }

  private struct Namespace: Sendable {
    var isJoined = false
    var failures = 0
    var reason: String?
    var text = ""
  }

  private let server: String
  private let names: [String]
  private var namespaces: [String: Namespace]

  /// - Parameter server: host and port.
  init(of server: String, names: [String]) {
    (self.server, self.names) = (server, names)
    namespaces = Dictionary(names.map { ($0, Namespace()) }, uniquingKeysWith: { first, _ in first })
  }

  var joined: Int { namespaces.values.count(where: \.isJoined) }

  var waiting: Int { namespaces.count - joined }

  func isJoined(_ name: String) -> Bool { namespaces[name]?.isJoined == true }

  /// Nil when the namespace is none of the connection's.
  func state(of name: String) -> State? {
    guard let namespace = namespaces[name] else { return nil }
    if namespace.isJoined { return State(word: "connected") }
    return State(word: namespace.failures < Self.patience ? "connecting" : "disconnected", reason: namespace.reason)
  }

  /// Nil when all is well.
  var health: (AdapterHealth, String)? {
    guard let name = names.first(where: { !isJoined($0) }), let namespace = namespaces[name] else { return nil }
    let isDown = joined == 0 && namespaces.values.allSatisfy { $0.failures >= Self.patience }
    let text = namespace.text.isEmpty ? "connecting" : namespace.text
    return (isDown ? .down : .degraded, "upstream \(server) \(name): \(text)")
  }

  mutating func apply(_ event: UpstreamEvent) {
    switch event {
    case .connecting, .connected, .event, .lost, .dropped: break
    case .joined(let name, _): namespaces[name] = Namespace(isJoined: true)
    case .refused(let name, let message, _, _):
      // Of one that isn't there yet nobody can say how long that takes.
      if message == Self.absence { fail(name, "invalid_namespace", message, by: 0) } else { fail(name, "refused", message) }
    case .left(let name, _): fail(name, "left", "the server ended it")
    case .disconnected(let end, _):
      for name in names { fail(name, end.code.rawValue, end.reason, by: end.refusesCredentials ? Self.patience : 1) }
    }
  }

  private mutating func fail(_ name: String, _ reason: String, _ text: String, by count: Int = 1) {
    guard var namespace = namespaces[name] else { return }
    namespace.isJoined = false
    namespace.failures = count == 0 ? 0 : namespace.failures + count
    (namespace.reason, namespace.text) = (reason, text)
    namespaces[name] = namespace
  }
}
