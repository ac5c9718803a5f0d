import OrderedJSON

/// `errors[]` of messages, statuses, history and values, in the canonical members.
enum ProviderErrors {
  /// The canonical list; nil when there is none.
  static func read(_ object: JSONObject) -> JSONValue? {
    let errors = object.objects("errors")
    return errors.isEmpty ? nil : .array(errors.map { .object(canonical($0)) })
  }

  private static func canonical(_ error: JSONObject) -> JSONObject {
    var result = JSONObject()
    result.add("code", error.number("code").map(JSONValue.number) ?? error["code"])
    let title = error.identifier("title") ?? error.identifier("message")
    result.add("title", text: title)
    let details = error.object("error_data")?.identifier("details") ?? error.identifier("details") ?? error.identifier("message")
    if details != title { result.add("details", text: details) }
    return result
  }
}
