public import HubModel

/// Something that only one adapter can have, found in the config (`"x-hub-claim"` in the plugin's schema).
public struct Claim: Sendable, Hashable {
  /// What is claimed.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A path of the public listener.
    case httpPath = "http-path"
    /// A path of the public listener and everything below it.
    case httpTree = "http-tree"
    /// A Socket.IO namespace.
    case namespace

    /// Whether it is a path; those of either sort stand in one another's way.
    var isPath: Bool { self != .namespace }
  }

  /// What is claimed.
  public let kind: Kind
  /// The path or namespace as the config has it.
  public let value: String
  /// The id of the adapter.
  public let adapter: String
  /// The adapter as messages name it: `channels.meta-main`.
  let owner: String
  /// Where it is written; the adapter's key when it is a default.
  public let place: Diagnostic.Place?

  /// What is equal for two claims of the same thing: a final / makes no other path.
  var subject: String {
    guard kind.isPath, value.count > 1, value.hasSuffix("/") else { return value }
    return String(value.dropLast())
  }
}
