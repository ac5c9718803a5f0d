import OrderedJSON

/// JSON as Meta writes it: only ASCII, with `\uXXXX` in lower case, and `\/` for a slash. A signature is of these bytes.
enum MetaText {
  static func bytes(_ value: JSONValue) -> [UInt8] {
    var output: [UInt8] = []
    for scalar in String(decoding: value.serialized(), as: UTF8.self).unicodeScalars {
      if scalar == "/" {
        output.append(contentsOf: "\\/".utf8)
      } else if scalar.isASCII {
        output.append(UInt8(scalar.value))
      } else {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          output.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
      }
    }
    return output
  }
}
