import OrderedJSON

/// An attachment. The contract leaves its form open: what is known is read under any of its names, the rest passes through.
struct Attachment {
  /// A canonical `media` object.
  let media: JSONObject

  /// The attachments of a message: a list of objects, but also one object, texts that are addresses, or lists in lists.
  ///
  /// - Returns: what could be read, and whether anything could not.
  static func list(_ value: JSONValue?) -> (found: [Attachment], isOdd: Bool) {
    var (found, isOdd): ([Attachment], Bool) = ([], false)
    collect(value ?? .null, depth: 4, into: &found, &isOdd)
    return (found, isOdd)
  }

  private static func collect(_ value: JSONValue, depth: Int, into found: inout [Attachment], _ isOdd: inout Bool) {
    switch value {
    case .null: break
    case .array(let elements) where depth > 0:
      for element in elements { collect(element, depth: depth - 1, into: &found, &isOdd) }
    case .object(let object) where object.isEmpty == false: found.append(Attachment(object))
    case .string(let text) where isAddress(text): found.append(Attachment(["url": .string(text)]))
    default: isOdd = true
    }
  }

  private init(_ object: JSONObject) {
    var media = JSONObject()
    let url = object.text("url")
    media.add("url", text: url.flatMap { $0.hasPrefix("data:") ? nil : $0 })
    media.append("mimeType", JSONValue(orNull: object.text(["mimeType", "mimetype"])))
    media.add("fileName", text: object.text(["name", "fileName"]))
    media.add("size", object.integer("size").flatMap { $0 >= 0 ? .number(JSONNumber($0)) : nil })
    media.add("inlineBytes", url.flatMap(Self.inlineBytes))
    let rest = object.filter { Self.known.contains($0.key) == false && Self.isShort($0.value) }
    if rest.isEmpty == false { media.append("details", .object(JSONObject(rest.map { ($0.key, $0.value) }))) }
    self.media = media
  }

  private static let known: Set<String> = ["url", "mimeType", "mimetype", "name", "fileName", "size"]

  /// Media inside the event would be kept with it for as long as the journal lasts.
  private static func isShort(_ value: JSONValue) -> Bool { value.serialized().count <= 4096 }

  private static func isAddress(_ text: String) -> Bool {
    ["http://", "https://", "data:"].contains { text.lowercased().hasPrefix($0) }
  }

  /// How many bytes a data URL holds.
  private static func inlineBytes(_ url: String) -> JSONValue? {
    guard url.hasPrefix("data:"), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    let content = url.utf8[url.utf8.index(after: comma)...]
    guard url[..<comma].hasSuffix(";base64") else { return .number(JSONNumber(Int64(content.count))) }
    let padding = content.suffix(2).count { $0 == UInt8(ascii: "=") }
    return .number(JSONNumber(Int64(max(0, content.count * 3 / 4 - padding))))
  }
}
