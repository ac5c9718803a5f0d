internal import OrderedJSON

/// The members of a message in their canonical order; unknown ones follow as they came.
struct MessageMembers {
  var providerMessageId, direction, type, text, caption, status, timestamp, replyTo, forwarded, voice, viewOnce: JSONValue?
  var media, location, contacts, interactive, reaction, author, origin: JSONValue?
  private var others = JSONObject()

  init(_ object: JSONObject) {
    for member in object {
      switch member.key {
      case "id": break
      case "providerMessageId": providerMessageId = member.value
      case "direction": direction = member.value
      case "type": type = member.value
      case "text": text = member.value
      case "caption": caption = member.value
      case "status": status = member.value
      case "timestamp": timestamp = member.value
      case "replyTo": replyTo = member.value
      case "forwarded": forwarded = member.value
      case "voice": voice = member.value
      case "viewOnce": viewOnce = member.value
      case "media": media = member.value
      case "location": location = member.value
      case "contacts": contacts = member.value
      case "interactive": interactive = member.value
      case "reaction": reaction = member.value
      case "author": author = member.value
      case "origin": origin = member.value
      default: others.append(member.key, member.value)
      }
    }
  }

  /// A member outside the canonical list; nil removes it.
  subscript(key: String) -> JSONValue? {
    get { others[key] }
    set { others[key] = newValue }
  }

  /// The text around the status word; the id goes before it.
  func pieces() -> (head: [UInt8], tail: [UInt8]) {
    var head: [UInt8] = []
    head.reserveCapacity(256)
    func write(_ name: StaticString, _ value: JSONValue?, _ absent: StaticString, to output: inout [UInt8]) {
      output.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      if let value, !value.isNull {
        value.write(to: &output)
      } else {
        output.append(contentsOf: UnsafeBufferPointer(start: absent.utf8Start, count: absent.utf8CodeUnitCount))
      }
    }
    write(",\"providerMessageId\":", providerMessageId, "null", to: &head)
    write(",\"direction\":", direction, "null", to: &head)
    write(",\"type\":", type, "null", to: &head)
    write(",\"text\":", text, "null", to: &head)
    write(",\"caption\":", caption, "null", to: &head)
    head.append(contentsOf: ",\"status\":\"".utf8)
    var tail: [UInt8] = []
    tail.reserveCapacity(384)
    write("\",\"timestamp\":", timestamp, "null", to: &tail)
    write(",\"replyTo\":", replyTo, "null", to: &tail)
    write(",\"forwarded\":", forwarded, "false", to: &tail)
    write(",\"voice\":", voice, "false", to: &tail)
    write(",\"viewOnce\":", viewOnce, "false", to: &tail)
    write(",\"media\":", media, "null", to: &tail)
    write(",\"location\":", location, "null", to: &tail)
    write(",\"contacts\":", contacts, "null", to: &tail)
    write(",\"interactive\":", interactive, "null", to: &tail)
    write(",\"reaction\":", reaction, "null", to: &tail)
    write(",\"author\":", author, "null", to: &tail)
    write(",\"origin\":", origin, "null", to: &tail)
    for member in others {
      tail.append(UInt8(ascii: ","))
      JSONText.writeString(member.key, to: &tail)
      tail.append(UInt8(ascii: ":"))
      member.value.write(to: &tail)
    }
    tail.append(UInt8(ascii: "}"))
    return (head, tail)
  }
}
