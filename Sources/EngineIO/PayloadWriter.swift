/// Builds the body of a poll's answer.
public struct PayloadWriter {
  /// The body so far.
  public private(set) var bytes: [UInt8] = []
  /// How many packets it holds.
  public private(set) var count = 0

  /// An empty body.
  public init() {}

  /// Adds a text packet, its type included.
  public mutating func append(text: UnsafeRawBufferPointer) {
    separate()
    bytes.append(contentsOf: text)
  }

  /// Adds a packet without data.
  public mutating func append(_ kind: PacketKind) {
    separate()
    bytes.append(kind.rawValue)
  }

  /// Adds a binary message.
  public mutating func append(binary: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "b"))
    Base64.encode(binary, to: &bytes)
  }

  private mutating func separate() {
    if count > 0 { bytes.append(PayloadReader.separator) }
    count += 1
  }
}
