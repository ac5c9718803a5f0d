/// A secret's value. It prints as stars; reading it is spelled out.
public struct SecretValue: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Provider secrets that `hub init` makes up begin with this, so that a trial one is told from a real one anywhere.
  public static let trialPrefix = "trial-"

  /// The bytes, without white space at the end.
  public let exposed: [UInt8]

  init(trimming bytes: some Sequence<UInt8>) {
    var bytes = Array(bytes)
    while let last = bytes.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { bytes.removeLast() }
    exposed = bytes
  }

  /// Whether `hub init` made it up in place of a provider's.
  public var isTrial: Bool { exposed.starts(with: Self.trialPrefix.utf8) }

  /// Stars.
  public var description: String { "***" }
  /// Stars.
  public var debugDescription: String { "***" }
  /// Nothing, so that `dump` shows nothing.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
