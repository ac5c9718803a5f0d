import OrderedJSON

/// What a client says in its CONNECT packet to get its session back.
public struct RecoveryRequest: Sendable, Hashable {
  /// The private id that the server gave it.
  public var privateID: String
  /// The offset of the last packet it got.
  public var offset: String

  /// A request.
  public init(privateID: String, offset: String) {
    self.privateID = privateID
    self.offset = offset
  }

  /// Reads the payload of a CONNECT packet. Nil when it asks for nothing, or has got nothing yet.
  public init?(_ payload: [UInt8]) {
    guard let value = try? JSONValue(parsing: payload), let privateID = value["pid"]?.string, let offset = value["offset"]?.string else {
      return nil
    }
    self.init(privateID: privateID, offset: offset)
  }
}

/// Packets outside the scheme of offsets.
///
/// The stock client takes the last argument of every event for an offset if it is a string, the event's name when there is no other,
/// and would ask for what came after it.
public enum RecoveryOffset {
  /// Whether the stock client would take the end of an event with these arguments for an offset.
  public static func isMimicked(by arguments: [UInt8]) -> Bool {
    let last = arguments.lazy.reversed().filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }.dropFirst().first
    return last == UInt8(ascii: "\"") || last == UInt8(ascii: "[")
  }
}
