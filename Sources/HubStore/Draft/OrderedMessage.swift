internal import OrderedJSON

/// A message that a channel wrote just as the journal would: every canonical member there, in the canonical order, in the one spelling. Its
/// text is cut around the status word and never taken apart; most messages are such.
struct OrderedMessage {
  let providerID, type, direction, status, origin: String
  /// As of `MessageDraft`.
  let head, tail: [UInt8]

  /// As `MessageMembers.pieces` writes them.
  private static let names: [StaticString] = [
    "providerMessageId", "direction", "type", "text", "caption", "status", "timestamp", "replyTo", "forwarded", "voice", "viewOnce",
    "media", "location", "contacts", "interactive", "reaction", "author", "origin",
  ]
  /// Those that have to be texts: id, direction, type, status, timestamp, origin.
  private static let texts = [0, 1, 2, 5, 6, 17]
  /// Those of which null is written as false.
  private static let flags = 8...10

  /// Nil for any other message, right or wrong.
  init?(_ object: JSONObject) {
    guard let layout = object.layout, let last = layout.places.last, layout.places.count >= Self.names.count else { return nil }
    for (name, place) in zip(Self.names, layout.places) where !layout.equals(place.key, name) { return nil }
    guard Self.texts.allSatisfy({ layout.places[$0].isPlainString }), !Self.flags.contains(where: { layout.places[$0].isNull }) else {
      return nil
    }
    for other in layout.places.dropFirst(Self.names.count) {
      if layout.equals(other.key, "id") || Self.names.contains(where: { layout.equals(other.key, $0) }) { return nil }
    }
    func text(_ index: Int) -> String { String(decoding: layout.text[layout.content(of: layout.places[index])], as: UTF8.self) }
    (providerID, direction, type, status, origin) = (text(0), text(1), text(2), text(5), text(17))
    let word = layout.content(of: layout.places[5])
    let start = layout.places[0].key.lowerBound - 1
    var head: [UInt8] = []
    head.reserveCapacity(word.lowerBound - start + 1)
    head.append(UInt8(ascii: ","))
    head.append(contentsOf: layout.text[start..<word.lowerBound])
    self.head = head
    // Up to and with the brace that closes the object.
    tail = Array(layout.text[word.upperBound..<(last.value.upperBound + 1)])
  }
}
