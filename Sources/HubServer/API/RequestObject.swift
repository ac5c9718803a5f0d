internal import HubModel
internal import OrderedJSON

/// The JSON object that a request brings, looked through before anybody reads what it says: whatever stands in it, somebody meant.
enum RequestObject {
  /// Why a body is none.
  struct Refusal: Error {
    let detail: String
    var mistakes: [MemberMistake] = []

    init(_ detail: String) { self.detail = detail }

    init(_ mistakes: [MemberMistake]) {
      (detail, self.mistakes) = (mistakes.prefix(5).map { "\($0.member): \($0.reason)" }.joined(separator: "; "), mistakes)
    }
  }

  /// An object in which no member is there twice.
  ///
  /// - Parameter body: nothing counts as an object without members where `isOptional`.
  static func parse(
    _ body: [UInt8], maxDepth: Int = 8, maxValues: Int = 10_000, isOptional: Bool = false
  ) throws(Refusal) -> JSONObject {
    if isOptional, body.isEmpty { return [:] }
    let value: JSONValue
    do throws(JSONError) { value = try JSONValue(parsing: body, maxDepth: maxDepth, maxValues: maxValues) } catch {
      throw Refusal("the body is not a JSON object: \(error)")
    }
    guard let object = value.object else { throw Refusal("the body is not a JSON object") }
    if let member = value.repeatedMember { throw Refusal([MemberMistake(String(member.prefix(200)), "is there twice")]) }
    return object
  }

  /// An object in which no member is there twice, and none that is not known.
  static func parse(
    _ body: [UInt8], knows members: [String], maxDepth: Int = 8, maxValues: Int = 1000, isOptional: Bool = false
  ) throws(Refusal) -> JSONObject {
    let object = try parse(body, maxDepth: maxDepth, maxValues: maxValues, isOptional: isOptional)
    let known = members.isEmpty ? "nothing is known here" : "only \(members.joined(separator: ", ")) is known here"
    let mistakes = object.keys.filter { !members.contains($0) }.map { MemberMistake(String($0.prefix(200)), known) }
    guard mistakes.isEmpty else { throw Refusal(mistakes) }
    return object
  }
}
