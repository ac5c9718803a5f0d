import OrderedJSON
import Testing

/// Members that are there twice.
@Suite struct RepetitionTests {
  @Test(
    "the first member that is there twice is named by its path, at any depth and in any spelling",
    arguments: [
      (#"{"text":"a","text":"b"}"#, "text"), (#"{"a":1,"media":{"url":"x","b":[],"url":"x"}}"#, "media.url"),
      (#"{"contacts":[{"name":"a"},{"name":"b","name":"b"}]}"#, "contacts[1].name"), (#"[[{"a":1,"a":2}]]"#, "[0][0].a"),
      (#"{"text":1,"\u0074ext":2}"#, "text"), (#"{"":1,"":2}"#, ""),
    ])
  func repeated(text: String, path: String) throws {
    #expect(try JSONValue(parsing: text).repeatedMember == path)
  }

  @Test("a repetition far inside is found in one walk", .timeLimit(.minutes(1)))
  func deep() throws {
    let text = #"{"a":"# + String(repeating: "[", count: 60) + #"{"b":1,"b":1}"# + String(repeating: "]", count: 60) + "}"
    let path = "a" + String(repeating: "[0]", count: 60) + ".b"
    #expect(try JSONValue(parsing: text).repeatedMember == path)
  }

  @Test("names that are there once in each object are not repeated", arguments: [#"{"a":{"a":[{"a":1},{"a":2}]},"b":1}"#, "7", "[]", "{}"])
  func single(text: String) throws {
    #expect(try JSONValue(parsing: text).repeatedMember == nil)
  }

  @Test("a value is indented by its depth, what is empty stays in one line")
  func indented() throws {
    let value = try JSONValue(parsing: #"{"a":[1,{"b":"\n"}],"c":[],"d":{}}"#)
    #expect(value.indented == "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\n\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}")
    #expect(try JSONValue(parsing: value.indented) == value)
  }
}
