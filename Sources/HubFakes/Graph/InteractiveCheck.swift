import OrderedJSON

/// The limits of interactive messages.
struct InteractiveCheck {
  static let types = [
    "button", "list", "cta_url", "flow", "location_request_message", "product", "product_list", "catalog_message", "address_message",
  ]

  let content: JSONValue

  func check() throws(GraphError) {
    guard let type = content["type"]?.string, Self.types.contains(type) else {
      throw GraphError(131_009, "Param interactive['type'] must be one of {\(Self.types.joined(separator: ", "))}")
    }
    guard content["action"]?.object != nil else { throw GraphError(131_008, "Param interactive['action'] is mandatory") }
    if type != "product" {
      try SendCheck.check(content["body"]?["text"], "interactive['body']['text']", 1...(type == "list" ? 4096 : 1024))
    }
    if let footer = content["footer"] { try SendCheck.check(footer["text"], "interactive['footer']['text']", 1...60) }
    switch type {
    case "button": try checkButtons()
    case "list": try checkList()
    default: break
    }
  }

  private func checkButtons() throws(GraphError) {
    let buttons = content["action"]?["buttons"]?.array ?? []
    guard (1...3).contains(buttons.count) else { throw GraphError(131_009, "Param interactive['action']['buttons'] takes 1 to 3 buttons") }
    for button in buttons {
      guard button["type"]?.string == "reply" else { throw GraphError(131_009, "Buttons are of type reply") }
      try SendCheck.check(button["reply"]?["title"], "button['reply']['title']", 1...20)
      try SendCheck.check(button["reply"]?["id"], "button['reply']['id']", 1...256)
    }
    try checkUnique(buttons.compactMap { $0["reply"]?["id"]?.string })
    try checkUnique(buttons.compactMap { $0["reply"]?["title"]?.string })
  }

  private func checkList() throws(GraphError) {
    try SendCheck.check(content["action"]?["button"], "interactive['action']['button']", 1...20)
    let sections = content["action"]?["sections"]?.array ?? []
    let rows = sections.flatMap { $0["rows"]?.array ?? [] }
    guard (1...10).contains(sections.count), (1...10).contains(rows.count) else {
      throw GraphError(131_009, "A list has 1 to 10 sections with 1 to 10 rows in all")
    }
    for section in sections where sections.count > 1 { try SendCheck.check(section["title"], "section['title']", 1...24) }
    for row in rows {
      try SendCheck.check(row["title"], "row['title']", 1...24)
      try SendCheck.check(row["id"], "row['id']", 1...200)
      if let description = row["description"] { try SendCheck.check(description, "row['description']", 0...72) }
    }
    try checkUnique(rows.compactMap { $0["id"]?.string })
  }

  private func checkUnique(_ texts: [String]) throws(GraphError) {
    guard Set(texts).count == texts.count else { throw GraphError(131_009, "ids and titles must be unique") }
  }
}
