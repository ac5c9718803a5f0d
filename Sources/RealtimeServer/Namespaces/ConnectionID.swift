/// Tells one client's connection from another's, across its namespaces. It has no text: the session's own id is a secret.
public struct ConnectionID: Sendable, Hashable {
  private let key: TableKey

  init(_ key: TableKey) { self.key = key }
}
