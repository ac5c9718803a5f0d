/// Writes JSON text. `/` stays as it is, control characters are escaped, everything else is UTF-8 as JavaScript's stringify gives it.
public enum JSONText {
  /// Appends a string with its quotes.
  public static func writeString(_ string: String, to output: inout [UInt8]) {
    var string = string
    output.append(UInt8(ascii: "\""))
    string.withUTF8 { bytes in
      let raw = UnsafeRawBufferPointer(bytes)
      var (plain, index) = (0, 0)
      while true {
        index = JSONWord.nextEscape(in: raw, from: index)
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: raw[plain..<index]))
        guard index < raw.count else { break }
        writeEscape(raw[index], to: &output)
        index += 1
        plain = index
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func writeEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    default:
      output.append(contentsOf: "u00".utf8)
      for digit in [byte >> 4, byte & 0xF] {
        output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
}

extension JSONValue {
  /// Appends the compact JSON text.
  public func write(to output: inout [UInt8]) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let value): output.append(contentsOf: value.text.utf8)
    case .string(let value): JSONText.writeString(value, to: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        element.write(to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let object): object.write(to: &output)
    }
  }

  /// The compact JSON text.
  public func serialized() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(256)
    write(to: &output)
    return output
  }
}

extension JSONObject {
  /// Appends the compact JSON text.
  public func write(to output: inout [UInt8]) {
    if case .taped(let tape, let place) = storage, tape.isCanonical {
      return tape.text.withUnsafeBytes { output.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[tape.nodes[Int(place)].range])) }
    }
    output.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      JSONText.writeString(member.key, to: &output)
      output.append(UInt8(ascii: ":"))
      member.value.write(to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }
}
