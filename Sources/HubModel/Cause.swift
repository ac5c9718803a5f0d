/// What led to an event: the correlation id that is in the response, the logs and the event, and the caller's trace context.
///
/// On the wire between host and plugin it is one text: the id, then, after a space, the traceparent if there is one.
public struct Cause: Sendable, Hashable, CustomStringConvertible {
  /// The id a person searches for; 1 to 128 visible ASCII characters.
  public let correlationID: String
  /// W3C Trace Context, version 00; nil when the caller sent none or a malformed one.
  public let traceparent: String?

  /// A cause with this id; the traceparent is dropped when it is malformed.
  public init(correlationID: String, traceparent: String? = nil) {
    self.correlationID = correlationID
    self.traceparent = traceparent.flatMap { Self.isTraceparent($0) ? $0 : nil }
  }

  /// Reads the one-text form; nil when the id is missing or has other than visible ASCII characters.
  public init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard let id = parts.first, Self.isCorrelationID(id) else { return nil }
    self.init(correlationID: String(id), traceparent: parts.count == 2 ? String(parts[1]) : nil)
  }

  /// A new cause of its own.
  ///
  /// - Parameter milliseconds: Unix time.
  public static func make(milliseconds: Int64) -> Cause {
    Cause(correlationID: ULID(milliseconds: milliseconds).description)
  }

  /// The one-text form.
  public var description: String { traceparent.map { "\(correlationID) \($0)" } ?? correlationID }

  /// Whether a text from outside may serve as correlation id.
  public static func isCorrelationID(_ text: some StringProtocol) -> Bool {
    (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// Version 00 of the header: `00-<32 hex>-<16 hex>-<2 hex>`, ids not all zero (W3C Trace Context section 3.2).
  static func isTraceparent(_ text: String) -> Bool {
    let fields = text.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.map(\.utf8.count) == [2, 32, 16, 2], fields[0] == "00" else { return false }
    let hexadecimal = fields.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
    return hexadecimal && fields[1].contains { $0 != "0" } && fields[2].contains { $0 != "0" }
  }
}
