/// Why a secret cannot be had. It names the place, never the value.
public struct SecretError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: String, Sendable, Hashable {
    /// There is none, or it is empty.
    case missing = "missing-secret"
    /// It is there and cannot be read.
    case unreadable = "unreadable-secret"
    /// It may be there; the process has no descriptor left to look.
    case unavailable = "unavailable-secret"
    /// Others than its owner may read or replace it.
    case permissions = "secret-permissions"
  }

  /// What is wrong.
  public let code: Code
  /// One sentence for people.
  public let message: String
  /// What to type.
  public let hint: String?

  /// The sentence and what to type.
  public var description: String { hint.map { "\(message); \($0)" } ?? message }
}
