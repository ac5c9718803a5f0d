package import OrderedJSON

/// What a fake provider answers.
package struct FakeAnswer: Sendable, Equatable {
  /// The status code.
  package var status: Int
  /// Fields in order.
  package var headers: [Field]
  /// The body.
  package var body: [UInt8]

  /// One field.
  package struct Field: Sendable, Equatable {
    package var name: String
    package var value: String
  }

  package init(status: Int, type: String = "text/plain; charset=utf-8", body: [UInt8]) {
    self.status = status
    headers = [Field(name: "Content-Type", value: type)]
    self.body = body
  }

  /// A JSON document.
  package static func json(_ status: Int, _ value: JSONValue) -> Self {
    Self(status: status, type: "application/json; charset=utf-8", body: value.serialized())
  }

  /// The same with one more field.
  package func with(_ name: String, _ value: String) -> Self {
    var answer = self
    answer.headers.append(Field(name: name, value: value))
    return answer
  }

  /// The body as JSON; nil when it is none.
  package var json: JSONValue? { try? JSONValue(parsing: body) }
}
