import Testing

@testable import OrderedJSON

@Suite struct JSONTests {
  @Test(
    "what is parsed is written back as it came",
    arguments: [
      "null", "true", "false", "0", "-0", "12345678901234567890", "1.50", "1e3", "\"\"", "\"a/b\"", "\"\\u0001\"", "[]", "{}",
      #"{"b":1,"a":[1,2,{"c":null}]}"#, "\"ção 🎉 \u{2028}\"", #"{"a":1,"a":2}"#,
    ])
  func roundTrip(text: String) throws {
    #expect(try JSONValue(parsing: text).description == text)
  }

  @Test("escapes become the characters they stand for")
  func escapes() throws {
    #expect(
      try JSONValue(parsing: #""caf\u00e9 https:\/\/x \ud83c\udf89 \"\\\b\f\n\r\t""#).string == "café https://x 🎉 \"\\\u{8}\u{c}\n\r\t")
  }

  @Test("a lone surrogate becomes the replacement character", arguments: [#""\ud800""#, #""\udc00""#, #""\ud800\u0041""#])
  func loneSurrogate(text: String) throws {
    let parsed = try #require(try JSONValue(parsing: text).string)
    #expect(parsed.unicodeScalars.first == "\u{FFFD}")
    #expect(parsed.hasSuffix("A") == text.contains("0041"))
  }

  @Test(
    "what is not JSON is refused with its place",
    arguments: [
      ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\"}", 4), ("01", 1), ("1.", 0), ("-", 0), ("\"\t\"", 1), ("\"\\x\"", 2), ("tru", 3),
      ("nul!", 3),
      ("[1] 2", 4), ("'a'", 0), ("{a:1}", 1), ("+1", 0), ("\"\\u12", 5),
    ])
  func refused(text: String, offset: Int) {
    #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.offset == offset }
  }

  @Test(
    "bytes that are not UTF-8 are refused",
    arguments: [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80]] as [[UInt8]])
  func badUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
  }

  @Test("nesting is limited")
  func depth() throws {
    let text = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.code == .tooDeep }
    _ = try JSONValue(parsing: text, maxDepth: 129)
  }

  @Test("values are counted at every depth, and one too many is refused")
  func values() throws {
    for text in ["[1,2,3]", "[[],{}, 3]", #"{"a":1,"b":[2]}"#, "[[[0]]]"] {
      _ = try JSONValue(parsing: text, maxValues: 4)
      #expect { try JSONValue(parsing: text, maxValues: 3) } throws: { ($0 as? JSONError)?.code == .tooMany }
    }
  }

  @Test("8 MB of empty elements are refused at the limit, not taken apart", arguments: ["[],", "0,", "{},", "\"\","])
  func case32_empties(unit: String) throws {
    let count = 8_000_000 / unit.utf8.count
    let text = [UInt8](unsafeUninitializedCapacity: count * unit.utf8.count + 2) { bytes, size in
      bytes[0] = UInt8(ascii: "[")
      for index in 0..<count {
        for (offset, byte) in unit.utf8.enumerated() { bytes[1 + index * unit.utf8.count + offset] = byte }
      }
      size = count * unit.utf8.count + 1
    }
    // Its first value is the array itself.
    let reached = 1 + (JSONValue.standardMaxValues - 1) * unit.utf8.count
    #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError) == JSONError(code: .tooMany, offset: reached) }
  }

  @Test("the scanner counts an array's elements too")
  func scannedElements() throws {
    let text = Array("[1,[2,2,2],3]".utf8)
    #expect(try text.withUnsafeBytes { try JSONScanner.elements(of: $0, maxDepth: 8, maxCount: 3) }.count == 3)
    #expect(throws: JSONError.self) { try text.withUnsafeBytes { try JSONScanner.elements(of: $0, maxDepth: 8, maxCount: 2) } }
  }

  @Test("of a repeated key the last value counts")
  func repeatedKey() throws {
    #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#)["a"]?.int64 == 2)
  }

  @Test(
    "whole numbers are found in every spelling that is exact",
    arguments: [("1", 1), ("1.0", 1), ("1e3", 1000), ("-5", -5)] as [(String, Int64)])
  func wholeNumbers(text: String, value: Int64) throws {
    #expect(try JSONValue(parsing: text).int64 == value)
    #expect(try JSONValue(parsing: "1.5").int64 == nil)
  }

  @Test("the scanner finds an array's elements as slices")
  func elements() throws {
    var text = #" [ "a" , {"b":[1,2]},3 ] "#
    let slices = try text.withUTF8 { bytes in
      let raw = UnsafeRawBufferPointer(bytes)
      return try JSONScanner.elements(of: raw, maxDepth: 8).map { String(decoding: raw[$0], as: UTF8.self) }
    }
    #expect(slices == [#""a""#, #"{"b":[1,2]}"#, "3"])
  }

  @Test("a string ends at its quote and fails at a byte it cannot have, at whatever place")
  func stringBytes() throws {
    for place in 0..<20 {
      for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\\") {
        let text = Array("\"".utf8) + [UInt8](repeating: 0x61, count: place) + [byte] + Array("aaaaaaaaaaaaaaaaaaaa\"".utf8)
        let end = text.withUnsafeBytes { try? JSONScanner.skipValue(in: $0, from: 0, maxDepth: 1) }
        switch byte {
        case UInt8(ascii: "\""): #expect(end == place + 2)
        case 0x20..<0x80: #expect(end == text.count, "\(byte) at \(place)")
        default: #expect(end == nil, "\(byte) at \(place)")
        }
      }
    }
  }

  @Test("a string takes bytes that are UTF-8 and no others, wherever they lie")
  func scalars() {
    let following: [UInt8] = [0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    var place = 0
    for leading in UInt8(0x80)...0xFF {
      for second in following {
        for third in following {
          for fourth in following {
            place = (place + 1) % 9
            let content = [UInt8](repeating: 0x61, count: place) + [leading, second, third, fourth]
            let text = [0x22] + content + [0x22]
            let isTaken = text.withUnsafeBytes { try? JSONScanner.skipValue(in: $0, from: 0, maxDepth: 1) } == text.count
            #expect(isTaken == (String(validating: content, as: UTF8.self) != nil), "\(content)")
          }
        }
      }
    }
  }

  @Test("an object keeps its order while members are set and removed")
  func objectOrder() {
    var object: JSONObject = ["a": 1, "b": 2, "c": 3]
    object["b"] = nil
    object["a"] = "x"
    object["d"] = true
    #expect(JSONValue.object(object).description == #"{"a":"x","c":3,"d":true}"#)
  }

  @Test("a number from text is one only when it keeps the grammar")
  func numberFromText() {
    #expect(JSONNumber(text: "1.5e2") != nil)
    for bad in ["", "x", "1 ", " 1", "true", "\"1\"", "0x1"] { #expect(JSONNumber(text: bad) == nil) }
    #expect(JSONNumber(1.5).text == "1.5")
    #expect(JSONNumber(3.0).text == "3")
  }

  @Test("null is no value to whoever asks for one")
  func nonNull() {
    let value: JSONValue? = ["a": .null, "b": 1]
    #expect(value?["a"]?.nonNull == nil && value?["b"]?.nonNull == 1)
    let null = JSONValue.null
    let found: JSONValue? = null.isNull ? nil : null
    #expect(found == nil, "nil is absence, never null")
  }
}
