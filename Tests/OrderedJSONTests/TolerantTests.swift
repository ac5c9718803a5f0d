import OrderedJSON
import Testing

@Suite("Reading what somebody else wrote") struct TolerantTests {
  private let object: JSONObject = [
    "text": "a", "empty": "", "digits": "17", "number": 17, "large": 12_345_678_901_234_567, "fraction": 1.5, "true": true, "word": "true",
    "no": "false", "zero": 0, "null": .null, "object": ["a": 1], "list": [["a": 1], 7, "x", ["b": 2]],
  ]

  @Test("an id is a text or a number's digits, and never empty")
  func identifiers() {
    #expect(object.identifier("text") == "a" && object.identifier("number") == "17")
    #expect(object.identifier("large") == "12345678901234567" && object.identifier("fraction") == "1.5")
    for key in ["empty", "null", "object", "true", "missing"] { #expect(object.identifier(key) == nil, "\(key)") }
    #expect(object["empty"]?.tolerantText == "")
  }

  @Test("numbers may stand in texts")
  func numbers() {
    #expect(object.integer("number") == 17 && object.integer("digits") == 17)
    #expect(object.integer("fraction") == nil && object.integer("text") == nil && object.integer("null") == nil)
    #expect(object.number("digits")?.text == "17" && object.number("fraction")?.text == "1.5" && object.number("text") == nil)
  }

  @Test("booleans may be words or numbers; what is neither is no flag")
  func flags() {
    #expect(["true", "word", "number"].allSatisfy { object.flag($0) })
    #expect(["no", "zero", "text", "fraction", "null", "missing"].allSatisfy { object.flag($0) == false })
    #expect(object.optionalFlag("no") == false && object.optionalFlag("text") == nil && object.optionalFlag("missing") == nil)
  }

  @Test("members of another kind are passed over")
  func members() {
    #expect(object.object("object") == ["a": 1] && object.object("list") == nil)
    #expect(object.objects("list") == [["a": 1], ["b": 2]] && object.objects("object") == [])
  }

  @Test("what there is nothing to say of is not appended")
  func appends() {
    var object: JSONObject = ["a": 1]
    object.add("b", nil)
    object.add("c", text: nil)
    object.add("d", 2)
    object.add("e", text: "x")
    #expect(object == ["a": 1, "d": 2, "e": "x"])
    #expect(JSONValue(orNull: nil) == .null && JSONValue(orNull: "x") == "x")
  }
}
