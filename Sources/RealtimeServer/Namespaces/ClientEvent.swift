import SocketIO

/// An event of a client. The bytes are those of the packet; nothing is copied until it is asked for.
public struct ClientEvent: Sendable {
  /// Who sent it.
  public let socket: SocketID
  /// What the handler gave when it accepted the socket.
  public let context: (any Sendable)?
  /// The name. A numeric name is given as its digits.
  public let name: String
  /// How to answer; nil when the client asked for no answer.
  public let ack: AckHandle?

  let packet: PacketAssembler.Assembled

  /// Binary attachments, in the order of their placeholders' numbers.
  public var attachments: [[UInt8]] { packet.attachments }

  private var text: [UInt8] { packet.text }
  private var elements: [Range<Int>] { packet.packet.elements }

  /// How many arguments there are, the name not counted.
  public var argumentCount: Int { elements.count - 1 }

  /// The JSON text of one argument.
  public func argument(_ index: Int) -> ArraySlice<UInt8> { text[elements[index + 1]] }

  /// All arguments as the text of one JSON array.
  public var arguments: [UInt8] {
    guard elements.count > 1, let last = elements.last else { return Array("[]".utf8) }
    let span = elements[1].lowerBound..<last.upperBound
    var array: [UInt8] = []
    array.reserveCapacity(span.count + 2)
    array.append(UInt8(ascii: "["))
    array.append(contentsOf: text[span])
    array.append(UInt8(ascii: "]"))
    return array
  }
}
