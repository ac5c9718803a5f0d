import Testing

@testable import OrderedJSON

/// What is parsed is kept as text; nobody may notice.
@Suite struct TapeTests {
  private static let texts = [
    #"{"a":{"b":[1,{"c":null},[]],"d":"x\ny"},"a":[{"e":"é"},{},"f"],"g":-1.50e3}"#,
    #" { "a" : { "b" : [ 1 , { "c" : null } ] , "d" : "\u0041\/" } , "\u0061b" : true } "#,
    #"{"a":"\u001f","b":{"c":"\b\f\r\t\"\\"}}"#,
    #"{"a":{},"b":[],"c":""}"#,
  ]

  /// The same value, made member by member.
  private func made(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object): .object(JSONObject(object.map { ($0.key, made($0.value)) }))
    case .array(let elements): .array(elements.map(made))
    default: value
    }
  }

  @Test("a parsed value equals the same value made by hand, and writes the same text", arguments: texts)
  func equality(text: String) throws {
    let parsed = try JSONValue(parsing: text)
    #expect(parsed == made(parsed))
    #expect(parsed.hashValue == made(parsed).hashValue)
    #expect(parsed.description == made(parsed).description)
    let object = try #require(parsed.object)
    #expect(object.count == object.members.count)
    #expect(object.keys == made(parsed).object?.keys)
    for key in object.keys + ["none"] {
      #expect(object[key] == made(parsed)[key])
      for form in [object, try #require(made(parsed).object)] {
        #expect(form.has(key) == (object[key] != nil))
        #expect(form.elementCount(key) == (object[key]?.array?.count ?? 0))
      }
    }
  }

  @Test("a changed copy leaves the parsed object as it is")
  func change() throws {
    let object = try #require(try JSONValue(parsing: #"{"a":1,"b":{"c":2}}"#).object)
    var copy = object
    copy["b"] = nil
    copy.append("d", 3)
    #expect(JSONValue.object(copy).description == #"{"a":1,"d":3}"#)
    #expect(JSONValue.object(object).description == #"{"a":1,"b":{"c":2}}"#)
  }

  @Test("keys with escapes are found by what they stand for")
  func escapedKeys() throws {
    let value = try JSONValue(parsing: #"{"\u0061b":1,"ab":2,"a\"b":3}"#)
    #expect(value["ab"] == 2)
    #expect(value["a\"b"] == 3)
    #expect(value[#"a\"b"#] == nil)
  }

  @Test("only text that would be written just so has a layout")
  func layout() throws {
    func layout(_ text: String) throws -> JSONLayout? { try #require(try JSONValue(parsing: text).object).layout }
    let found = try #require(try layout(#"{"a":"x","b":"\n","c":null,"d":{"e":1}}"#))
    let values = found.places.map { String(decoding: found.text[$0.value], as: UTF8.self) }
    #expect(values == [#""x""#, #""\n""#, "null", #"{"e":1}"#])
    #expect(found.places.map(\.isPlainString) == [true, false, false, false])
    #expect(found.places.map(\.isNull) == [false, false, true, false])
    #expect(found.equals(found.content(of: found.places[0]), "x"))
    #expect(!found.equals(found.places[3].key, "e"))
    for other in [#"{ "a":1}"#, #"{"a":"\/"}"#, #"{"a":"\u0041"}"#, #"{"a\n":1}"#, "{\"a\":[1,\n2]}"] { #expect(try layout(other) == nil) }
    #expect(JSONObject([("a", 1)]).layout == nil)
  }

  @Test("a string is written as it must be, wherever its bytes lie")
  func writing() throws {
    for place in 0..<18 {
      for byte in UInt8.min..<0x80 {
        let text =
          String(repeating: "é", count: place / 2) + String(repeating: "a", count: place) + String(UnicodeScalar(byte)) + "aaaaaaaaa"
        #expect(try JSONValue(parsing: JSONValue.string(text).serialized()).string == text)
      }
    }
  }
}
