/// Codes of close frames (RFC 6455 §7.4).
public enum CloseCode {
  /// Done.
  public static let normal: UInt16 = 1000
  /// The server goes down.
  public static let goingAway: UInt16 = 1001
  /// The peer broke the protocol.
  public static let protocolError: UInt16 = 1002
  /// Text that isn't UTF-8.
  public static let invalidPayload: UInt16 = 1007
  /// Not what this server puts up with, such as a message that never ends.
  public static let policyViolation: UInt16 = 1008
  /// Longer than the limit.
  public static let tooBig: UInt16 = 1009

  /// Whether a peer may send this code.
  public static func isLegal(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// What a peer did wrong, and the close code it is told.
public struct FrameViolation: Error, Sendable, Equatable {
  /// The close code.
  public var code: UInt16
  /// What was wrong, for the log.
  public var reason: String

  init(_ code: UInt16, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}
