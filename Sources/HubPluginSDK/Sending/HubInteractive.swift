import OrderedJSON

/// A message to answer by a choice.
public struct HubInteractive: Sendable, Hashable {
  /// One thing to choose. The id comes back with the answer.
  public struct Choice: Sendable, Hashable {
    /// As given by the sender.
    public let id: String
    /// As shown.
    public let title: String
    /// Shown below, in lists.
    public let description: String?
  }

  /// Rows of a list under one title.
  public struct Section: Sendable, Hashable {
    /// Nil where there is only one.
    public let title: String?
    /// In order.
    public let rows: [Choice]
  }

  /// What there is to choose from.
  public enum Form: Sendable, Hashable {
    case buttons([Choice])
    /// `button` opens the list.
    case list(button: String, [Section])
  }

  /// Above the text.
  public enum Header: Sendable, Hashable {
    case text(String)
    case media(HubMedia)
  }

  /// What there is to choose from.
  public let form: Form
  /// The text.
  public let text: String
  /// Above it.
  public let header: Header?
  /// Below it.
  public let footer: String?

  init(_ interactive: JSONObject, of message: JSONObject) throws(HubError) {
    switch interactive["kind"]?.string {
    case "buttons": form = .buttons(try Self.choices(interactive["buttons"]))
    case "list":
      var sections: [Section] = []
      for section in interactive["sections"]?.array ?? [] {
        sections.append(Section(title: section["title"]?.string, rows: try Self.choices(section["rows"])))
      }
      form = .list(button: interactive["button"]?.string ?? "", sections)
    default: throw HubError(.unsupported, "message.interactive.kind is neither buttons nor list")
    }
    text = interactive["text"]?.string ?? message["text"]?.string ?? ""
    footer = interactive["footer"]?.string
    if let header = interactive["header"]?.object, let media = header["media"]?.object {
      guard let kind = header["type"]?.string.flatMap(HubMedia.Kind.init(rawValue:)) else {
        throw HubError(.invalid, "message.interactive.header.type is no kind of media")
      }
      self.header = .media(try HubMedia(kind, media, of: [:]))
    } else {
      header = interactive["header"]?.string.map { .text($0) }
    }
  }

  private static func choices(_ list: JSONValue?) throws(HubError) -> [Choice] {
    var choices: [Choice] = []
    for choice in list?.array ?? [] {
      guard let id = choice["id"]?.string, let title = choice["title"]?.string else {
        throw HubError(.invalid, "a choice of message.interactive has no id or no title")
      }
      choices.append(Choice(id: id, title: title, description: choice["description"]?.string))
    }
    return choices
  }
}
