/// Forms with files (RFC 7578).
struct Multipart: Sendable {
  struct Part: Sendable, Equatable {
    var name: String
    var fileName: String?
    var type: String?
    var bytes: [UInt8]
  }

  let parts: [Part]

  /// Nil when the body is no such form.
  init?(_ body: [UInt8], contentType: String?) {
    guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType), boundary.isEmpty == false
    else { return nil }
    let mark = Array("--\(boundary)".utf8)
    var rest = body[...]
    guard rest.starts(with: mark) else { return nil }
    rest = rest.dropFirst(mark.count)
    var parts: [Part] = []
    while rest.starts(with: "\r\n".utf8) {
      rest = rest.dropFirst(2)
      guard let headEnd = Self.find(Array("\r\n\r\n".utf8), in: rest), let end = Self.find(Array("\r\n".utf8) + mark, in: rest[headEnd...])
      else { return nil }
      parts.append(Self.part(String(decoding: rest[..<headEnd], as: UTF8.self), Array(rest[(headEnd + 4)..<max(end, headEnd + 4)])))
      rest = rest[(end + 2 + mark.count)...]
    }
    guard rest.starts(with: "--".utf8) else { return nil }
    self.parts = parts
  }

  subscript(name: String) -> Part? { parts.first { $0.name == name } }

  private static func part(_ head: String, _ bytes: [UInt8]) -> Part {
    var part = Part(name: "", fileName: nil, type: nil, bytes: bytes)
    for line in head.split(separator: "\r\n") {
      let halves = line.split(separator: ":", maxSplits: 1).map(String.init)
      guard halves.count == 2 else { continue }
      let value = String(halves[1].drop { $0 == " " })
      switch halves[0].lowercased() {
      case "content-disposition":
        part.name = parameter("name", of: value) ?? ""
        part.fileName = parameter("filename", of: value)
      case "content-type": part.type = value
      default: break
      }
    }
    return part
  }

  /// `name=value` or `name="value"` after a semicolon.
  private static func parameter(_ name: String, of field: String) -> String? {
    for piece in field.split(separator: ";").dropFirst() {
      let halves = piece.split(separator: "=", maxSplits: 1).map(String.init)
      guard halves.count == 2, halves[0].filter({ $0 != " " }).lowercased() == name else { continue }
      return halves[1].filter { $0 != "\"" }
    }
    return nil
  }

  private static func find(_ wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
    var index = bytes.startIndex
    while let next = bytes[index...].firstIndex(of: first), next + wanted.count <= bytes.endIndex {
      if bytes[next..<(next + wanted.count)].elementsEqual(wanted) { return next }
      index = next + 1
    }
    return nil
  }
}
