import OrderedJSON

/// An error as the server spells it.
struct EvolutionError: Error, Sendable, Equatable {
  let status: Int
  let message: JSONValue

  init(_ status: Int, _ message: JSONValue) {
    self.status = status
    self.message = message
  }

  /// One of its usual ones.
  init(_ status: Int, text: String? = nil) {
    let usual = [
      400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 429: "Too many requests", 500: "Internal server error",
    ]
    self.init(status, .string(text ?? usual[status] ?? "Error"))
  }

  static func noInstance(_ name: String) -> Self { Self(404, [.string("The \"\(name)\" instance does not exist")]) }

  private static let words = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
  ]

  var answer: FakeAnswer {
    .json(
      status,
      [
        "status": .number(JSONNumber(Int64(status))), "error": .string(Self.words[status] ?? "Error"), "response": ["message": message],
      ])
  }
}
