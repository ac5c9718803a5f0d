internal import HubModel

/// A row of `messages`.
struct MessageRow {
  static let select =
    "SELECT number, id, conversation, contact, direction, status, timestamp_ms, at, head, length, checksum, body FROM messages"

  /// Who wrote it; the numbers are in the table.
  enum Direction: Int64 {
    case inbound = 0
    /// Typed on our side, or sent by another program.
    case outbound = 1
    /// Sent through the outbox.
    case ours = 2
  }

  private static let statusKey = Array(#","status":""#.utf8)

  let number: Int64
  let id: String
  let conversation: Int64
  let contact: Int64?
  let direction: Direction
  let status: MessageStatus
  let timestampMs: Int64
  private let at, head, length: Int
  private let ownText: [UInt8]?
  private let ownTextIsSound: Bool

  init(_ statement: SQLStatement) {
    number = statement.int(0)
    id = statement.text(1)
    conversation = statement.int(2)
    contact = statement.optionalInt(3)
    direction = Direction(rawValue: statement.int(4)) ?? .outbound
    status = MessageStatus(stored: statement.int(5))
    timestampMs = statement.int(6)
    (at, head, length) = (Int(statement.int(7)), Int(statement.int(8)), Int(statement.int(9)))
    ownText = statement.blob(11)
    ownTextIsSound = ownText.map { Int64(Self.checksum(of: $0, number: statement.int(0))) == statement.int(10) } ?? true
  }

  var inbound: Bool { direction == .inbound }

  /// Whether the text still lies in the event that brought the message.
  var isInEvent: Bool { ownText == nil }

  /// The text, out of the row or out of the event's body; nil when either is damaged.
  func text(eventBody: [UInt8]?) -> MessageText? {
    guard ownTextIsSound, let body = ownText ?? eventBody, at >= 0, head > 0, length > head, at <= body.count - length else { return nil }
    let text = body[at..<(at + length)]
    let word = text.dropFirst(head)
    // Offsets have no checksum of their own: what they cut out must be this message.
    guard text.starts(with: #"{"id":"\#(id)","#.utf8), text.last == UInt8(ascii: "}"),
      text.prefix(head).suffix(Self.statusKey.count) == Self.statusKey[...], let quote = word.firstIndex(of: UInt8(ascii: "\""))
    else { return nil }
    return MessageText(number: number, id: id, head: Array(text.prefix(head)), status: status, tail: Array(text[quote...]))
  }

  static func checksum(of body: [UInt8], number: Int64) -> UInt32 {
    var checksum = Checksum()
    checksum.add(number)
    checksum.add(body)
    return checksum.value
  }
}
