import Foundation
package import OrderedJSON

/// A request that a fake provider was sent.
package struct FakeCall: Sendable {
  /// The method, upper case.
  package var method: String
  /// The segments of the path, percent-decoded.
  package var path: [String]
  /// The parameters of the query, decoded, in order.
  package var query: [(name: String, value: String)]
  /// The fields, names as sent.
  package var headers: [(String, String)]
  /// The whole body.
  package var body: [UInt8]

  /// A request by its target, such as `/v23.0/1/messages?a=b`.
  package init(_ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8] = []) {
    self.method = method
    self.headers = headers
    self.body = body
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = (halves.first ?? "").split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    query = (halves.count > 1 ? halves[1] : "").split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.formText(parts[0]), parts.count > 1 ? Self.formText(parts[1]) : "")
    }
  }

  /// The first value of a field, names compared without case.
  package func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }

  /// The last value of a parameter.
  package func parameter(_ name: String) -> String? { query.last { $0.name == name }?.value }

  /// The body as JSON; nil when it is none.
  package var json: JSONValue? { try? JSONValue(parsing: body) }

  private static func formText(_ text: Substring) -> String {
    let spaced = String(text.replacing("+", with: " "))
    return spaced.removingPercentEncoding ?? spaced
  }
}
