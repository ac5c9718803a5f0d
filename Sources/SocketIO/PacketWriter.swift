import OrderedJSON

/// Writes packets as text, behind whatever `output` holds already (such as the Engine.IO type).
public enum PacketWriter {
  /// An event.
  ///
  /// - Parameters:
  ///   - arguments: the text of a JSON array, the name not among its elements.
  ///   - offset: a recovery offset, added as the last argument.
  ///   - attachments: how many binary messages follow; 0 makes it a plain event.
  /// - Returns: false when `arguments` is no array; `output` is unchanged then.
  @discardableResult
  public static func event(
    _ name: String, arguments: [UInt8], namespace: String, id: UInt64? = nil, offset: String? = nil,
    attachments: Int = 0, to output: inout [UInt8]
  ) -> Bool {
    guard let inner = elements(of: arguments) else { return false }
    output.reserveCapacity(output.count + inner.count + name.utf8.count + namespace.utf8.count + 32)
    head(attachments > 0 ? .binaryEvent : .event, namespace: namespace, id: id, attachments: attachments, to: &output)
    output.append(UInt8(ascii: "["))
    JSONText.writeString(name, to: &output)
    if inner.isEmpty == false {
      output.append(UInt8(ascii: ","))
      output.append(contentsOf: inner)
    }
    if let offset {
      output.append(UInt8(ascii: ","))
      JSONText.writeString(offset, to: &output)
    }
    output.append(UInt8(ascii: "]"))
    return true
  }

  /// The answer to an event. Returns false when `arguments` is not the text of an array.
  @discardableResult
  public static func ack(
    _ id: UInt64, arguments: [UInt8], namespace: String, attachments: Int = 0, to output: inout [UInt8]
  ) -> Bool {
    guard let inner = elements(of: arguments) else { return false }
    output.reserveCapacity(output.count + inner.count + namespace.utf8.count + 32)
    head(attachments > 0 ? .binaryAck : .ack, namespace: namespace, id: id, attachments: attachments, to: &output)
    output.append(UInt8(ascii: "["))
    output.append(contentsOf: inner)
    output.append(UInt8(ascii: "]"))
    return true
  }

  /// Says that a namespace is joined.
  public static func connect(namespace: String, socket: String, privateID: String? = nil, to output: inout [UInt8]) {
    head(.connect, namespace: namespace, to: &output)
    output.append(contentsOf: "{\"sid\":".utf8)
    JSONText.writeString(socket, to: &output)
    if let privateID {
      output.append(contentsOf: ",\"pid\":".utf8)
      JSONText.writeString(privateID, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  /// Refuses a namespace; `data` is JSON text for the application.
  public static func connectError(namespace: String, message: String, data: [UInt8]? = nil, to output: inout [UInt8]) {
    head(.connectError, namespace: namespace, to: &output)
    output.append(contentsOf: "{\"message\":".utf8)
    JSONText.writeString(message, to: &output)
    if let data {
      output.append(contentsOf: ",\"data\":".utf8)
      output.append(contentsOf: data)
    }
    output.append(UInt8(ascii: "}"))
  }

  /// Says that a namespace is left. Without a payload the trailing comma is written as the reference writes it.
  public static func disconnect(namespace: String, to output: inout [UInt8]) { head(.disconnect, namespace: namespace, to: &output) }

  private static func head(_ type: PacketType, namespace: String, id: UInt64? = nil, attachments: Int = 0, to output: inout [UInt8]) {
    output.append(type.rawValue)
    if type == .binaryEvent || type == .binaryAck {
      writeDecimal(UInt64(attachments), to: &output)
      output.append(UInt8(ascii: "-"))
    }
    if namespace != "/" {
      output.append(contentsOf: namespace.utf8)
      output.append(UInt8(ascii: ","))
    }
    if let id { writeDecimal(id, to: &output) }
  }

  private static func writeDecimal(_ number: UInt64, to output: inout [UInt8]) {
    if number >= 10 { writeDecimal(number / 10, to: &output) }
    output.append(UInt8(ascii: "0") + UInt8(number % 10))
  }

  private static func elements(of array: [UInt8]) -> ArraySlice<UInt8>? {
    let text = trimmed(array[...])
    guard text.count > 1, text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") else { return nil }
    return trimmed(text.dropFirst().dropLast())
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    var (start, end) = (text.startIndex, text.endIndex)
    while start < end, isSpace(text[start]) { start += 1 }
    while start < end, isSpace(text[end - 1]) { end -= 1 }
    return text[start..<end]
  }
}
