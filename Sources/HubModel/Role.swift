/// What a caller may do. An API key has the roles that hub.yaml gives it; a user's token reads and sends.
public enum Role: String, Sendable, Hashable, CaseIterable {
  /// Publish notifications, campaigns and system events.
  case publish
  /// Send messages.
  case send
  /// Read conversations, messages and events.
  case read
  /// See the statistics of connections, of every tenant.
  case stats
  /// Use the admin API.
  case admin

  /// Roles as the plugin ABI carries them: names separated by spaces, in the order of declaration.
  public static func text(_ roles: Set<Role>) -> String {
    allCases.filter(roles.contains).map(\.rawValue).joined(separator: " ")
  }
}
