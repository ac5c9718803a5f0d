import OrderedJSON

/// What a message's `content` says when it has neither text nor caption, by canonical type. `{n}` stands for the number of items.
public struct Placeholders: Sendable, Hashable {
  /// Canonical types that can have one.
  public static let types = [
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "order", "poll", "system",
    "unsupported",
  ]

  private var words = ["order": "Pedido ({n} itens)", "unsupported": "Mensagem não suportada"]

  /// The defaults: the language of the systems the hub replaces.
  public init() {}

  /// The text for a canonical type. Setting replaces the default.
  public subscript(type: String) -> String {
    get { words[type] ?? "" }
    set { words[type] = newValue }
  }
}

extension JSONValue {
  /// The one line that stands for a canonical message in dialects without a form for its type: text, else caption, else what can
  /// be said in words, else the placeholder (dialects.md section 7).
  func content(_ placeholders: Placeholders) -> String {
    let type = text("type") ?? "unsupported"
    let fallback = placeholders[type]
    switch type {
    case "sticker", "audio": return fallback
    case "unsupported": return text("text") ?? fallback
    case "document": return text("text") ?? text("caption") ?? self["media"]?.text("fileName") ?? fallback
    case "location": return self["location"]?.place ?? fallback
    case "contacts":
      let names = self["contacts"]?.array?.compactMap { $0.text("name") } ?? []
      return names.isEmpty ? fallback : names.joined(separator: ", ")
    case "interactive": return text("text") ?? self["interactive"]?.chosen ?? fallback
    case "order": return text("text") ?? fallback.replacing("{n}", with: String(self["order"]?["items"]?.array?.count ?? 0))
    default: return text("text") ?? text("caption") ?? fallback
    }
  }

  /// The words of what somebody chose; for a permission, which has none, `accept` or `reject`.
  private var chosen: String? { text("title") ?? self["data"]?.text("response") }

  /// A location's name, else its coordinates as they were written.
  private var place: String? {
    if let name = text("name") { return name }
    guard case .number(let latitude) = self["latitude"], case .number(let longitude) = self["longitude"] else { return nil }
    return "\(latitude.text),\(longitude.text)"
  }
}
