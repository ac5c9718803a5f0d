internal import HubModel
internal import OrderedJSON

/// Checks what a message says, and collects every mistake in it.
struct MessageContent {
  /// The longest text of any member: providers take less, each as it likes.
  static let maxText = 65_536

  private(set) var mistakes: [MemberMistake] = []
  private let message: JSONObject

  /// The members each type may have besides `type` and `replyTo`; a star stands before those it must have.
  private static let members: [String: [String]] = [
    "text": ["*text", "previewUrl"], "image": ["*media", "caption"], "video": ["*media", "caption"], "audio": ["*media", "voice"],
    "document": ["*media", "caption"], "sticker": ["*media"], "location": ["*location"], "contacts": ["*contacts"],
    "interactive": ["*interactive"], "reaction": ["*reaction"], "template": ["*template"], "poll": ["*text", "*poll"],
  ]

  /// - Parameter message: the request's members that are the message's.
  init(checking message: JSONObject) {
    self.message = message
    check()
  }

  private mutating func check() {
    guard let type = message["type"]?.string else { return note("type", "say what it is: \(Self.types)") }
    guard let members = Self.members[type] else { return note("type", "\"\(type.prefix(40))\" is none of \(Self.types)") }
    let needed = members.filter { $0.hasPrefix("*") }.map { String($0.dropFirst()) }
    let known = needed + members.filter { !$0.hasPrefix("*") } + ["type", "replyTo"]
    for key in message.keys where !known.contains(key) { note(key, "a message of type \(type) has no such member") }
    for member in needed where message[member] == nil { note(member, "is missing") }
    for key in known { check(key) }
  }

  private static let types = members.keys.sorted().joined(separator: ", ")

  private mutating func note(_ member: String, _ reason: String) { mistakes.append(MemberMistake(member, reason)) }

  private mutating func check(_ key: String) {
    guard let value = message[key] else { return }
    switch key {
    case "text", "caption", "replyTo": text(value, key)
    case "previewUrl", "voice": if value.bool == nil { note(key, "is neither true nor false") }
    case "media": media(value, key)
    case "location": location(value)
    case "contacts": contacts(value)
    case "interactive": interactive(value)
    case "reaction": reaction(value)
    case "template": template(value)
    case "poll": poll(value)
    default: break
    }
  }

  private mutating func text(_ value: JSONValue?, _ member: String, isOptional: Bool = false) {
    guard let value, !value.isNull else {
      if !isOptional { note(member, "is missing") }
      return
    }
    guard let text = value.string else { return note(member, "is not a text") }
    if text.isEmpty, !isOptional { note(member, "is empty") }
    if text.utf8.count > Self.maxText { note(member, "has more than \(Self.maxText) bytes") }
  }

  private mutating func object(_ value: JSONValue, _ member: String, knows keys: Set<String>) -> JSONObject? {
    guard let object = value.object else {
      note(member, "is not an object")
      return nil
    }
    for key in object.keys where !keys.contains(key) { note("\(member).\(key)", "is not known") }
    return object
  }

  private mutating func list(_ value: JSONValue?, _ member: String, _ counts: ClosedRange<Int>) -> [JSONValue] {
    guard let list = value?.array, counts.contains(list.count) else {
      note(member, "is not a list of \(counts.lowerBound) to \(counts.upperBound)")
      return []
    }
    return list
  }

  private mutating func media(_ value: JSONValue, _ member: String) {
    let known: Set = ["upload", "url", "id", "mimeType", "fileName", "size", "sha256", "seconds"]
    guard let media = object(value, member, knows: known) else { return }
    let sources = ["upload", "url", "id"].filter { media[$0] != nil }
    guard sources.count == 1 else { return note(member, "has not exactly one of upload, url, id") }
    text(media[sources[0]], "\(member).\(sources[0])")
    for name in ["mimeType", "fileName"] { text(media[name], "\(member).\(name)", isOptional: true) }
    if let url = media["url"]?.string, !url.hasPrefix("https://"), !url.hasPrefix("http://") { note("\(member).url", "is no http address") }
  }

  private mutating func location(_ value: JSONValue) {
    guard let place = object(value, "location", knows: ["latitude", "longitude", "name", "address"]) else { return }
    for (name, limit) in [("latitude", 90.0), ("longitude", 180.0)] {
      guard let degrees = place[name]?.double, abs(degrees) <= limit else {
        note("location.\(name)", "is not a number of degrees")
        continue
      }
    }
    for name in ["name", "address"] { text(place[name], "location.\(name)", isOptional: true) }
  }

  private mutating func contacts(_ value: JSONValue) {
    for (index, contact) in list(value, "contacts", 1...50).enumerated() {
      text(contact["name"], "contacts[\(index)].name")
      for (number, phone) in list(contact["phones"], "contacts[\(index)].phones", 1...20).enumerated() {
        text(phone, "contacts[\(index)].phones[\(number)]")
      }
    }
  }

  private mutating func interactive(_ value: JSONValue) {
    let known: Set = ["kind", "header", "text", "footer", "button", "buttons", "sections"]
    guard let interactive = object(value, "interactive", knows: known) else { return }
    text(interactive["text"], "interactive.text")
    text(interactive["footer"], "interactive.footer", isOptional: true)
    if let header = interactive["header"], header.string == nil, let media = header["media"] {
      self.media(media, "interactive.header.media")
    }
    switch interactive["kind"]?.string {
    case "buttons": choices(list(interactive["buttons"], "interactive.buttons", 1...10), "interactive.buttons")
    case "list":
      text(interactive["button"], "interactive.button")
      for (index, section) in list(interactive["sections"], "interactive.sections", 1...10).enumerated() {
        let member = "interactive.sections[\(index)]"
        text(section["title"], "\(member).title", isOptional: true)
        choices(list(section["rows"], "\(member).rows", 1...100), "\(member).rows")
      }
    default: note("interactive.kind", "is neither buttons nor list")
    }
  }

  private mutating func choices(_ list: [JSONValue], _ member: String) {
    for (index, choice) in list.enumerated() {
      text(choice["id"], "\(member)[\(index)].id")
      text(choice["title"], "\(member)[\(index)].title")
    }
  }

  private mutating func reaction(_ value: JSONValue) {
    guard let reaction = object(value, "reaction", knows: ["target", "emoji", "removed"]) else { return }
    text(reaction["target"], "reaction.target")
    if reaction["removed"]?.bool != true { text(reaction["emoji"], "reaction.emoji") }
  }

  private mutating func template(_ value: JSONValue) {
    guard let template = object(value, "template", knows: ["name", "language", "components"]) else { return }
    text(template["name"], "template.name")
    text(template["language"], "template.language")
    if let components = template["components"], components.array == nil { note("template.components", "is not a list") }
  }

  private mutating func poll(_ value: JSONValue) {
    guard let poll = object(value, "poll", knows: ["options", "selectable"]) else { return }
    for (index, option) in list(poll["options"], "poll.options", 2...12).enumerated() { text(option, "poll.options[\(index)]") }
    if let selectable = poll["selectable"], selectable.int64.map({ (0...12).contains($0) }) != true {
      note("poll.selectable", "is not a number from 0 to 12")
    }
  }
}
