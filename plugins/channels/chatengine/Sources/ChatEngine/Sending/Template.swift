import HubPluginSDK
import OrderedJSON

/// A text with places for values: `{{name}}`.
struct Template: Sendable, Hashable {
  /// A piece of it.
  enum Piece: Sendable, Hashable {
    case text(String)
    case value(String)
  }

  let pieces: [Piece]

  /// - Throws: `invalid` for a place without end, or one whose name is not among `names`.
  init(_ text: String, names: Set<String>, at place: String) throws(HubError) {
    var pieces: [Piece] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
        throw HubError(.invalid, "\(place): {{ without }}")
      }
      let name = String(rest[open.upperBound..<close.lowerBound]).trimmed
      guard names.contains(name) else {
        throw HubError(.invalid, "\(place): {{\(name)}} is none of \(names.sorted().joined(separator: ", "))")
      }
      if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
      pieces.append(.value(name))
      rest = rest[close.upperBound...]
    }
    if rest.isEmpty == false { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  /// The names that stand in it.
  var names: Set<String> {
    Set(pieces.compactMap { piece in if case .value(let name) = piece { name } else { nil } })
  }

  /// The text with values in their places; what has none leaves nothing.
  func filled(_ values: [String: String], _ escape: (String) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value(let name): escape(values[name] ?? "")
      }
    }.joined()
  }

  /// Within a string of JSON.
  static func jsonEscaped(_ text: String) -> String {
    String(decoding: JSONValue.string(text).serialized().dropFirst().dropLast(), as: UTF8.self)
  }

  /// Within a header field: without what would end it.
  static func headerSafe(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
  }
}

extension String {
  /// Without spaces at the ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
